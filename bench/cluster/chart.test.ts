import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Chart, chartSvg, niceStep, shortNumber, ticksTo } from './chart.ts'

const chart: Chart = {
  kind: 'line',
  title: 'Rate & <more>',
  categories: ['1', '8', '64'],
  xLabel: 'batch',
  yLabel: 'per second',
  series: [
    { name: 'alone', values: [10, 20, 40] },
    { name: 'with "all"', values: [5, undefined, 30] },
  ],
  limit: { value: 50, name: 'aim' },
}

const numbersOf = (svg: string, attribute: string): number[] =>
  [...svg.matchAll(new RegExp(` ${attribute}="([^"]+)"`, 'g'))].map(([, value]) => Number(value))

test('steps are round, and the axis reaches the highest value', () => {
  expect([0.3, 1, 1.1, 2.2, 30, 700].map(niceStep)).toEqual([0.5, 1, 2, 2.5, 50, 1000])
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (highest) => {
      const ticks = ticksTo(highest)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-6))
      expect(ticks.length).toBeLessThanOrEqual(7)
    }),
  )
})

test('numbers on the axis are short', () => {
  expect([0, 0.25, 950, 1_500, 25_000, 3_200_000, 7e9].map(shortNumber)).toEqual([
    '0',
    '0.25',
    '950',
    '1.5k',
    '25k',
    '3.2M',
    '7G',
  ])
})

test('higher values are drawn higher, gaps are left out, and what could break the text is escaped', () => {
  const svg = chartSvg(chart)
  const [first, second] = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points]) =>
    (points ?? '').split(' ').map((point) => point.split(',').map(Number)),
  )
  expect(first?.length).toBe(3)
  expect(second?.length).toBe(2)
  const heights = first?.map(([, y]) => y ?? 0) ?? []
  expect(heights.toSorted((a, b) => b - a)).toEqual(heights)
  expect(svg).toContain('Rate &amp; &lt;more&gt;')
  expect(svg).toContain('with &quot;all&quot;')
  expect(svg).toContain('>aim</text>')
})

test('bars stand on the axis, as high as their values', () => {
  const svg = chartSvg({ ...chart, kind: 'bar', series: [{ name: 'one', values: [10, 20, 50] }] })
  const bars = [...svg.matchAll(/<rect [^>]*height="([^"]+)"/g)].map(([, height]) => Number(height)).slice(1)
  expect(bars.length).toBe(3)
  expect((bars[1] ?? 0) / (bars[0] ?? 1)).toBeCloseTo(2, 1)
  expect((bars[2] ?? 0) / (bars[0] ?? 1)).toBeCloseTo(5, 1)
})

test('whatever the values are, all that is drawn is within the picture', () => {
  const value = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(undefined))
  fc.assert(
    fc.property(
      fc.constantFrom('line' as const, 'bar' as const),
      fc.array(value, { maxLength: 60 }),
      (kind, values) => {
        const svg = chartSvg({ ...chart, kind, categories: values.map(String), series: [{ name: 'one', values }] })
        expect(svg).not.toMatch(/NaN|Infinity|undefined"/)
        for (const y of [...numbersOf(svg, 'y'), ...numbersOf(svg, 'cy')]) {
          expect(y).toBeGreaterThanOrEqual(0)
          expect(y).toBeLessThanOrEqual(360)
        }
      },
    ),
  )
})
