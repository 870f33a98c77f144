/** Where Kafka is and how it is spoken to, from the environment. */
import { z } from 'zod'
import { setting } from '../../settings.ts'

const brokers = z
  .string()
  .transform((text) => text.split(',').map((broker) => broker.trim()))
  .pipe(z.array(z.string().regex(/^\S+:\d+$/, 'must be host:port, with commas between several')).min(1))

export const KAFKA_SETTINGS = {
  kafkaBrokers: setting(
    'HOMEOSTAT_KAFKA_BROKERS',
    'some of the brokers of Kafka (2.4 or newer), `host:port` with commas between; none: the node runs alone, on its own disk',
    brokers.optional(),
  ),
  kafkaReplication: setting(
    'HOMEOSTAT_KAFKA_REPLICATION',
    "copies of each partition of the topics that are made; default: the brokers' own",
    z.coerce.number().int().min(1).max(32).optional(),
  ),
  kafkaSsl: setting(
    'HOMEOSTAT_KAFKA_SSL',
    '`on`: TLS to the brokers; further authorities by NODE_EXTRA_CA_CERTS',
    z.enum(['off', 'on']).default('off'),
  ),
  kafkaSaslMechanism: setting(
    'HOMEOSTAT_KAFKA_SASL_MECHANISM',
    'how the node proves who it is; none: it does not',
    z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  ),
  kafkaSaslUser: setting('HOMEOSTAT_KAFKA_SASL_USER', 'its name', z.string().optional()),
  kafkaSaslPassword: setting('HOMEOSTAT_KAFKA_SASL_PASSWORD', 'its password', z.string().optional()),
  sessionTimeoutMs: setting(
    'HOMEOSTAT_SESSION_TIMEOUT_MS',
    'a node that is not heard of for this long loses its shards to the others; the brokers limit it (6000 at least, by default)',
    z.coerce.number().int().min(1_000).max(300_000).default(6_000),
  ),
}
