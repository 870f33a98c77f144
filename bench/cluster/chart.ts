/** Line and bar charts as SVG text: no script, no font but the reader's own, readable on a light and on a dark page. */

export interface Series {
  readonly name: string
  /** In the order of `categories`; undefined: nothing there. */
  readonly values: readonly (number | undefined)[]
}

export interface Chart {
  readonly kind: 'line' | 'bar'
  readonly title: string
  /** Below the horizontal axis, evenly spaced. */
  readonly categories: readonly string[]
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
  /** A horizontal line: an aim or a limit. */
  readonly limit?: { readonly value: number; readonly name: string }
}

const WIDTH = 720
const HEIGHT = 360
const LEFT = 84
const RIGHT = 16
const TOP = 56
const BOTTOM = 60
const COLOURS = ['#3069c4', '#d9702b', '#2f8f5b', '#9a4fb5', '#8a7a2d']
const INK = '#6b7280'

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)

const rounded = (value: number): number => Math.round(value * 10) / 10

/** The least of 1, 2, 2.5, 5 and their tenfolds that isn't less than `value`. */
export const niceStep = (value: number): number => {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10
  return step * power
}

const TICKS = 5

/** From 0 to at least `highest`, in round steps. */
export const ticksTo = (highest: number): readonly number[] => {
  const step = niceStep(highest / TICKS)
  const count = Math.max(1, Math.ceil(highest / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

export const shortNumber = (value: number): string => {
  const units = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const
  for (const [size, unit] of units)
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(3))}${unit}`
  return String(Number(value.toPrecision(3)))
}

const text = (x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', more = ''): string =>
  `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}"${more}>${escaped(content)}</text>`

export const chartSvg = (chart: Chart): string => {
  const { kind, title, categories, xLabel, yLabel, series, limit } = chart
  const known = series.flatMap(({ values }) => values.filter((value) => value !== undefined && Number.isFinite(value)))
  const ticks = ticksTo(Math.max(0, ...(known as number[]), limit?.value ?? 0))
  const top = ticks.at(-1) ?? 1
  const [width, height] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM]
  const slot = width / Math.max(1, categories.length)
  const x = (index: number): number => LEFT + slot * (index + 0.5)
  const y = (value: number): number => TOP + height * (1 - value / top)
  const colour = (index: number): string => COLOURS[index % COLOURS.length] ?? INK

  const lines = ticks.flatMap((tick) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${rounded(y(tick))}" y2="${rounded(y(tick))}" stroke="${INK}" stroke-opacity="${tick === 0 ? 0.9 : 0.25}"/>`,
    text(LEFT - 8, y(tick) + 4, shortNumber(tick), 'end'),
  ])
  // No more names than fit.
  const every = Math.max(1, Math.ceil((categories.length * 56) / width))
  const names = categories.flatMap((name, index) =>
    index % every === 0 ? [text(x(index), HEIGHT - BOTTOM + 18, name, 'middle')] : [],
  )
  const drawn = series.flatMap(({ values }, number) =>
    kind === 'line'
      ? drawnLine(values, x, y, colour(number))
      : drawnBars(values, series.length, number, { x, y, slot }, colour(number)),
  )
  const bound =
    limit === undefined
      ? []
      : [
          `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${rounded(y(limit.value))}" y2="${rounded(y(limit.value))}" stroke="#c0392b" stroke-dasharray="6 4"/>`,
          text(WIDTH - RIGHT, y(limit.value) - 5, limit.name, 'end', ' fill="#c0392b"'),
        ]
  const legend = series.map(({ name }, number) => {
    const at = LEFT + (number * width) / Math.max(1, series.length)
    return `<rect x="${rounded(at)}" y="34" width="10" height="10" fill="${colour(number)}"/>${text(at + 15, 43, name, 'start')}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    text(LEFT, 20, title, 'start', ' font-size="15" font-weight="600"'),
    ...legend,
    ...lines,
    ...names,
    ...drawn,
    ...bound,
    text(LEFT + width / 2, HEIGHT - 14, xLabel, 'middle'),
    text(0, 0, yLabel, 'middle', ` transform="translate(18 ${TOP + height / 2}) rotate(-90)"`),
    '</svg>',
    '',
  ].join('\n')
}

const drawnLine = (
  values: Series['values'],
  x: (index: number) => number,
  y: (value: number) => number,
  colour: string,
): readonly string[] => {
  const points = values.flatMap((value, index) =>
    value === undefined || !Number.isFinite(value) ? [] : [[rounded(x(index)), rounded(y(value))] as const],
  )
  if (points.length === 0) return []
  const path = points.map(([px, py]) => `${px},${py}`).join(' ')
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...(points.length > 40 ? [] : points.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3" fill="${colour}"/>`)),
  ]
}

const drawnBars = (
  values: Series['values'],
  count: number,
  number: number,
  {
    x,
    y,
    slot,
  }: { readonly x: (index: number) => number; readonly y: (value: number) => number; readonly slot: number },
  colour: string,
): readonly string[] => {
  const width = (slot * 0.8) / count
  return values.flatMap((value, index) =>
    value === undefined || !Number.isFinite(value)
      ? []
      : [
          `<rect x="${rounded(x(index) - slot * 0.4 + number * width)}" y="${rounded(y(value))}" width="${rounded(width)}" height="${rounded(y(0) - y(value))}" fill="${colour}"/>`,
        ],
  )
}
