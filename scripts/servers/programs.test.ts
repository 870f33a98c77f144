import { expect, test } from 'vitest'
import { kafkaEnvironment } from './containers.ts'
import { javaVersion } from './kafka-program.ts'
import { propertiesText, serverProperties } from './kafka-properties.ts'
import { missingPackages } from './redis-debian.ts'
import { redisVersion } from './redis-program.ts'
import { redisArgs } from './redis-settings.ts'

test('versions are read as the programs print them', () => {
  expect(javaVersion('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment')).toBe(17)
  expect(javaVersion('openjdk version "21" 2023-09-19')).toBe(21)
  expect(javaVersion('java version "1.8.0_402"')).toBe(8)
  expect(javaVersion('sh: not found')).toBeUndefined()
  expect(redisVersion('Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64')).toBe(7)
  expect(redisVersion('')).toBeUndefined()
})

test('packages to fetch: the two of Redis and the libraries that the system lacks, never its C library', () => {
  const simulation = `NOTE: This is only a simulation!
Inst libjemalloc2 (5.3.0-1 Debian:12.11/stable [amd64])
Inst libc6 [2.36-9] (2.36-10 Debian:12.11/stable [amd64])
Inst redis-tools (5:7.0.15-1~deb12u4 Debian:12.11/stable [amd64])
Conf redis-tools (5:7.0.15-1~deb12u4 Debian:12.11/stable [amd64])
`
  expect(missingPackages(simulation)).toEqual(['redis-server', 'redis-tools', 'libjemalloc2'])
  expect(missingPackages('')).toEqual(['redis-server', 'redis-tools'])
})

test('settings of a caller come over ours', () => {
  expect(redisArgs({}).join(' ')).toContain('--appendonly yes --appendfsync everysec --maxmemory-policy noeviction')
  expect(redisArgs({ appendonly: 'no' }).join(' ')).toContain('--appendonly no')
})

test('a broker listens at one address and is known by another', () => {
  const properties = serverProperties({
    listener: { host: '0.0.0.0', port: 9092 },
    advertised: { host: '10.0.0.1', port: 20_001 },
    controllerPort: 9093,
    folder: '/data',
  })
  expect(propertiesText(properties)).toContain('advertised.listeners=PLAINTEXT://10.0.0.1:20001\n')
  expect(kafkaEnvironment(properties)).toMatchObject({
    KAFKA_LISTENERS: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093',
    KAFKA_LOG_DIRS: '/data',
    KAFKA_NODE_ID: '1',
  })
})
