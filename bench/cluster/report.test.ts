import { expect, test } from 'vitest'
import { picturesOf, sectionLines } from './report.ts'
import { boundOf, type Section, summaryOf } from './section.ts'

const section: Section = {
  name: 'one',
  title: 'One',
  summaries: [
    summaryOf('rate', '/s', [10, 30, 20], { atLeast: 25 }),
    boundOf('gap', 'ms', [100, 900, 200], 500),
    summaryOf('other', 'ms', [1]),
  ],
  tables: [{ title: 'Settings', head: ['setting', 'value'], rows: [['a|b', '1']] }],
  notes: ['how'],
  charts: [
    {
      name: 'rates',
      chart: {
        kind: 'bar',
        title: 'Rates',
        categories: ['1'],
        xLabel: 'run',
        yLabel: '/s',
        series: [{ name: 'a', values: [1] }],
      },
    },
  ],
  losses: [],
}

test('a figure shows its median with lowest and highest; an aim of the median, and a bound of every run', () => {
  const lines = sectionLines(section, (name) => `pictures/${name}.svg`)
  expect(lines.find((line) => line.startsWith('| rate'))).toBe(
    '| rate | 20.0/s | 10.0/s | 30.0/s | 3 | **missed**: at least 25.0/s |',
  )
  // The median is within the bound, one run isn't.
  expect(lines.find((line) => line.startsWith('| gap'))).toContain('**missed**: below 500 ms in every run |')
  expect(lines).toContain('![Rates](pictures/rates.svg)')
  expect(lines).toContain('| a\\|b | 1 |')
})

test('a section says when, on which commit and on what a machine it was measured, or that this is not known', () => {
  const circumstances = { date: '2020-01-02', commit: 'abc+changes', workPerS: 12_345, syncMs: 0.5, stolenShare: 0.031 }
  expect(sectionLines({ ...section, circumstances }, (name) => name)[2]).toBe(
    '2020-01-02, commit abc+changes. The machine then: 12,345 rounds of a fixed piece of work a second on one thread, ' +
      'a sync to disk 0.5 ms, 3.1 % of its processors’ time taken by its host.',
  )
  expect(sectionLines(section, (name) => name)[2]).toContain('wasn’t noted')
})

test('what was lost is said in place of figures', () => {
  const lines = sectionLines({ ...section, summaries: [], losses: ['an increment'] }, (name) => name)
  expect(lines.some((line) => line.includes('LOST: an increment'))).toBe(true)
})

test('each chart is a picture with a name of its own', () => {
  const pictures = picturesOf([section], (name) => `cluster-${name}.svg`)
  expect([...pictures.keys()]).toEqual(['cluster-rates.svg'])
  expect(pictures.get('cluster-rates.svg')).toMatch(/^<svg /)
})
