import { describe, expect, it } from 'vitest'
import { ConfigError, readSettings } from '../../runtime/settings.ts'
import { DRIVER_SETTINGS } from './settings.ts'

const read = (text: string | undefined) => readSettings(DRIVER_SETTINGS, { HOMEOSTAT_DRIVERS: text }).drivers
const problemsOf = (text: string): readonly string[] => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('HOMEOSTAT_DRIVERS', () => {
  it('names types and URLs', () => {
    expect(read(undefined)).toEqual([])
    expect(read(' ansible=http://a:8293/ , k8s=https://b.example/lab/x/,')).toEqual([
      { type: 'ansible', url: 'http://a:8293' },
      { type: 'k8s', url: 'https://b.example/lab/x' },
    ])
  })

  it.each([
    ['ansible', 'type>=<url>'],
    ['an sible=http://a', "can't be a driver's type"],
    ['ansible=here', 'no URL'],
    ['ansible=ftp://a', 'neither http nor https'],
    ['ansible=http://me:secret@a', 'user or password'],
    ['ansible=http://a/?x=1', 'ends at its path'],
    ['a=http://a,a=http://b', 'named twice'],
  ])('refuses %s', (text, problem) => {
    expect(problemsOf(text).join()).toContain(problem)
  })

  it('names every wrong one', () => {
    expect(problemsOf('a=here,b=there,c=http://c')).toHaveLength(2)
  })
})
