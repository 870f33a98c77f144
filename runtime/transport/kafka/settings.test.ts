import { expect, test } from 'vitest'
import { ConfigError, readSettings } from '../../settings.ts'
import { KAFKA_SETTINGS } from './settings.ts'

test('without any there is no Kafka', () => {
  expect(readSettings(KAFKA_SETTINGS, {})).toMatchObject({
    kafkaBrokers: undefined,
    kafkaSsl: 'off',
    sessionTimeoutMs: 6_000,
  })
})

test('several brokers', () => {
  const { kafkaBrokers } = readSettings(KAFKA_SETTINGS, { HOMEOSTAT_KAFKA_BROKERS: 'a:9092, b:9093' })
  expect(kafkaBrokers).toEqual(['a:9092', 'b:9093'])
})

test.each(['a', 'a:', 'a:9092,,b:9092', 'a:x'])('%s is no list of brokers', (text) => {
  expect(() => readSettings(KAFKA_SETTINGS, { HOMEOSTAT_KAFKA_BROKERS: text })).toThrow(ConfigError)
})
