/**
 * A member of a group as a process of its own, to be killed and frozen: says on each line which partitions it has, as
 * JSON. SIGTERM closes its log, after which nothing keeps the process alive. Arguments: broker, prefix, group, topic, session timeout in milliseconds.
 */
import { openKafkaLog } from '../transport/kafka/kafka-log.ts'
import { systemClock } from '../system-clock.ts'

const [broker = '', prefix = '', group = '', topic = '', sessionTimeoutMs = ''] = process.argv.slice(2)
const log = await openKafkaLog({
  brokers: [broker],
  clientId: `member-${process.pid}`,
  prefix,
  sharedTopics: new Set(),
  sessionTimeoutMs: Number(sessionTimeoutMs),
  clock: systemClock,
  warn: (text, details) => console.error(text, details),
})
// Before it says anything: whoever hears of its partitions may end it at once.
process.once('SIGTERM', () => void log.close())
await log.join(group, topic, (partitions) => console.log(JSON.stringify(partitions)))
