import { expect, test } from 'vitest'
import { callsBetween, infoFields, useOf } from './redis-info.ts'

const text = (hmget: number): string =>
  [
    '# Memory',
    'used_memory:1048576',
    '# Persistence',
    'aof_current_size:2048',
    '# CPU',
    'used_cpu_sys:1.250000',
    'used_cpu_user:2.500000',
    'total_net_output_bytes:77',
    '# Commandstats',
    `cmdstat_hmget:calls=${hmget},usec=12,usec_per_call=4.00,rejected_calls=0,failed_calls=0`,
    'cmdstat_config|get:calls=1,usec=12,usec_per_call=12.00,rejected_calls=0,failed_calls=0',
    '',
  ].join('\r\n')

test('what Redis says of itself is read from its INFO', () => {
  expect(useOf(infoFields(text(3)))).toEqual({
    usedBytes: 1_048_576,
    aofBytes: 2_048,
    cpuSeconds: 3.75,
    sentBytes: 77,
    calls: { hmget: 3, 'config|get': 1 },
  })
})

test('of the calls, those that came in between are told', () => {
  expect(callsBetween(useOf(infoFields(text(3))), useOf(infoFields(text(10))))).toEqual({ hmget: 7 })
})
