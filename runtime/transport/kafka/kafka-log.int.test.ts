import { servers, uniqueSystem } from '../../../scripts/servers/for-tests.ts'
import { logContract } from '../../testing/log-contract.ts'
import { durableLogContract } from '../../testing/log-durable-contract.ts'
import { systemClock } from '../../system-clock.ts'
import { openKafkaLog } from './kafka-log.ts'
import type { KafkaLog, KafkaLogOptions } from './kafka-log.ts'

const optionsFor = (prefix: string): KafkaLogOptions => ({
  brokers: servers().kafkaBrokers,
  clientId: 'test',
  prefix,
  sharedTopics: new Set(),
  sessionTimeoutMs: 6_000,
  clock: systemClock,
  warn: () => undefined,
})

const open = async () => {
  const options = optionsFor(uniqueSystem())
  const logs: KafkaLog[] = [await openKafkaLog(options), await openKafkaLog(options)]
  const [log, other] = logs as [KafkaLog, KafkaLog]
  return {
    log,
    other,
    reopen: async () => {
      await Promise.all([log.close(), other.close()])
      const again = await openKafkaLog(options)
      logs.push(again)
      return again
    },
    dispose: async () => void (await Promise.all(logs.map((each) => each.close()))),
  }
}

logContract('kafka', open)
durableLogContract('kafka', open)
