/** The single values of TOSCA (Simple Profile 1.3, 3.3): numbers, versions, timestamps, and sizes, times and rates with units. */

const UNIT_KINDS = ['size', 'time', 'frequency', 'bitrate'] as const
export type UnitKind = (typeof UNIT_KINDS)[number]

const DECIMAL_PREFIXES = ['', 'k', 'm', 'g', 't']
const byPrefix = (unit: string, base: number, infix = ''): readonly (readonly [string, number])[] =>
  DECIMAL_PREFIXES.slice(infix === '' ? 0 : 1).map((prefix, power) => [
    `${prefix}${infix}${unit}`,
    base ** (power + (infix === '' ? 0 : 1)),
  ])

/** Units, letters' case not counted, in bytes, seconds, hertz and bits per second. */
const UNITS: Readonly<Record<UnitKind, ReadonlyMap<string, number>>> = {
  size: new Map([...byPrefix('b', 1000), ...byPrefix('b', 1024, 'i')]),
  time: new Map([
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
    ['ms', 1e-3],
    ['us', 1e-6],
    ['ns', 1e-9],
  ]),
  frequency: new Map(byPrefix('hz', 1000).slice(0, 4)),
  bitrate: new Map([
    ...byPrefix('bps', 1000),
    ...byPrefix('bps', 1024, 'i'),
    // A B of bytes and a b of bits can't be told apart without letters' case, so bytes are kept by a mark of their own.
    ...byPrefix('byte', 1000).map(([unit, factor]) => [unit, factor * 8] as const),
    ...byPrefix('byte', 1024, 'i').map(([unit, factor]) => [unit, factor * 8] as const),
  ]),
}

const QUANTITY = /^(-?\d{1,30}(?:\.\d{1,30})?)\s{0,5}([A-Za-z]{1,6})$/

/** `10 MB` in bytes, `1.5 h` in seconds. `undefined`: it isn't a quantity of that kind. */
export function quantityOf(text: string, kind: UnitKind): number | undefined {
  const match = QUANTITY.exec(text.trim())
  if (match === null) return undefined
  const [, number = '', written = ''] = match
  const unit = kind === 'bitrate' ? written.replace(/Bps$/, 'byte').toLowerCase() : written.toLowerCase()
  const factor = UNITS[kind].get(unit)
  return factor === undefined ? undefined : Number(number) * factor
}

/** For messages. */
export const UNIT_EXAMPLES: Readonly<Record<UnitKind, string>> = {
  size: '10 MB',
  time: '30 s',
  frequency: '2.4 GHz',
  bitrate: '100 Mbps',
}

/** The units of a type of values: `size` for `scalar-unit.size`. */
export function unitKindOf(type: string): UnitKind | undefined {
  const name = type.startsWith('scalar-unit.') ? type.slice('scalar-unit.'.length) : ''
  return UNIT_KINDS.find((kind) => kind === name)
}

const VERSION = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9})(?:\.([A-Za-z0-9]{1,60})(?:-(\d{1,9}))?)?)?$/

/** `major.minor[.fix[.qualifier[-build]]]` */
export const isVersion = (text: string): boolean => VERSION.test(text)

const TIMESTAMP =
  /^\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])(?:(?:[Tt]|[ \t]{1,5})\d{1,2}:\d{2}:\d{2}(?:\.\d{1,12})?[ \t]{0,5}(?:Z|[+-]\d{1,2}(?::?\d{2})?)?)?$/

/** For JSON Schema; it can't count the days of a month. */
export const TIMESTAMP_PATTERN = TIMESTAMP.source

export const isTimestamp = (text: string): boolean =>
  TIMESTAMP.test(text) && isDay(dayAndTime(text)[0]) && !Number.isNaN(timeOf(text))

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const time = Date.parse(day)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day)
}

function dayAndTime(text: string): readonly [string, string] {
  const [, date = '', time = ''] = /^(\d{4}-\d{1,2}-\d{1,2})[Tt \t]*(.*)$/.exec(text) ?? []
  const parts = date.split('-').map((part) => part.padStart(2, '0'))
  return [parts.join('-'), time]
}

function timeOf(text: string): number {
  const [day, time] = dayAndTime(text)
  const zone = /(Z|[+-]\d{1,2}(:?\d{2})?)$/.exec(time)?.[0] ?? ''
  const clock = time
    .slice(0, time.length - zone.length)
    .trim()
    .replace(/^\d:/, (hour) => `0${hour}`)
  const offset = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone)
  const isoZone = offset === null ? 'Z' : `${offset[1]}${(offset[2] ?? '').padStart(2, '0')}:${offset[3] ?? '00'}`
  return Date.parse(time === '' ? day : `${day}T${clock.slice(0, 12)}${isoZone}`)
}

export const isComparable = (value: unknown): value is number | string =>
  typeof value === 'number' || typeof value === 'string'

/**
 * Negative, zero or positive, as numbers, versions or timestamps, or as quantities of a kind. `undefined`: they have no
 * order.
 */
export function compareValues(a: unknown, b: unknown, unit?: UnitKind): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (!isComparable(a) || !isComparable(b)) return undefined
  const [left, right] = [String(a), String(b)]
  if (unit !== undefined) return compareQuantities(left, right, unit)
  if (isVersion(left) && isVersion(right)) return compareVersions(left, right)
  if (isTimestamp(left) && isTimestamp(right)) return timeOf(left) - timeOf(right)
  return undefined
}

function compareQuantities(a: string, b: string, unit: UnitKind): number | undefined {
  const [left, right] = [quantityOf(a, unit), quantityOf(b, unit)]
  return left === undefined || right === undefined ? undefined : left - right
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a)?.slice(1) ?? [], VERSION.exec(b)?.slice(1) ?? []]
  for (const part of [0, 1, 2]) {
    const difference = Number(left[part] ?? 0) - Number(right[part] ?? 0)
    if (difference !== 0) return difference
  }
  // A version with a qualifier comes before the one without.
  const [leftQualifier, rightQualifier] = [left[3] ?? '~', right[3] ?? '~']
  if (leftQualifier !== rightQualifier) return leftQualifier < rightQualifier ? -1 : 1
  return Number(left[4] ?? 0) - Number(right[4] ?? 0)
}
