/** What of a value isn't in another one. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Paths of the fields in `before` that `after` lacks or has otherwise; what `after` has beyond that doesn't matter. */
export const lostFields = (before: Json, after: Json | undefined, path = ''): readonly string[] => {
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || after.length !== before.length) return [path]
    const items = after as readonly Json[]
    return (before as readonly Json[]).flatMap((item, index) => lostFields(item, items[index], `${path}[${index}]`))
  }
  if (typeof before === 'object' && before !== null) {
    if (typeof after !== 'object' || after === null) return [path]
    const fields = after as Readonly<Record<string, Json>>
    return Object.entries(before).flatMap(([name, value]) =>
      lostFields(value, fields[name], path === '' ? name : `${path}.${name}`),
    )
  }
  return before === after ? [] : [path]
}
