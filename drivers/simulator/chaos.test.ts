import { describe, expect, it } from 'vitest'
import { chaosSetting, NO_CHAOS } from './chaos.ts'

describe('the chaos of the simulator', () => {
  it('is none unless it is asked for', () => {
    expect(chaosSetting.parse(undefined)).toEqual(NO_CHAOS)
    expect(chaosSetting.parse('early, new-ids,repeat=2,unknown=1,garbage=3,lose=7,slow-ms=50,')).toEqual({
      early: true,
      newIds: true,
      repeat: 2,
      unknown: 1,
      garbage: 3,
      lose: 7,
      slowMs: 50,
    })
  })

  it.each(['erly', 'early=1', 'repeat', 'repeat=', 'repeat=-1', 'repeat=60001', 'newIds', 'toString', '__proto__=1'])(
    'refuses %s',
    (text) => {
      expect(chaosSetting.safeParse(text).error?.issues[0]?.message).toContain(`'${text}' isn't known`)
    },
  )
})
