/** Any value that a schema accepts, with few enough names that what is said often concerns what is there. */
import fc from 'fast-check'
import type { z } from 'zod'
import { serviceDescriptors } from './service.ts'

interface Definition {
  readonly type: string
  readonly shape: Record<string, z.ZodType>
  readonly options: readonly z.ZodType[]
  readonly values: readonly (string | number)[]
  readonly entries: Record<string, string>
  readonly element: z.ZodType
  readonly keyType: z.ZodType
  readonly valueType: z.ZodType
  readonly innerType: z.ZodType
  readonly checks?: readonly unknown[]
}

const NAMES = [
  'asm',
  'asm__A',
  'asm__edge__box',
  'asm__pool__1',
  't1',
  't2',
  'p1',
  'p2',
  'load',
  'alive',
  '',
  'constructor',
  '1.0.0',
  '1.0.1',
]

export const anyOf = (schema: z.ZodType): fc.Arbitrary<unknown> => {
  const definition = schema.def as unknown as Definition
  switch (definition.type) {
    case 'object': {
      const optional = Object.entries(definition.shape).flatMap(([key, field]) =>
        (field.def as unknown as Definition).type === 'optional' ? [key] : [],
      )
      const required = Object.keys(definition.shape).filter((key) => !optional.includes(key))
      const fields = Object.fromEntries(Object.entries(definition.shape).map(([key, field]) => [key, anyOf(field)]))
      return fc.record(fields, { requiredKeys: required, noNullPrototype: true })
    }
    case 'union':
      return fc.oneof(...definition.options.map(anyOf))
    case 'literal':
      return fc.constantFrom(...definition.values)
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries))
    case 'string':
      return fc.constantFrom(...NAMES.filter((name) => schema.safeParse(name).success))
    case 'number':
      return fc.integer({ min: 0, max: 3_000 })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(anyOf(definition.element), { maxLength: 3 }).filter((items) => schema.safeParse(items).success)
    case 'record': {
      const { type, entries } = definition.keyType.def as unknown as Definition
      // All keys of an enum are there.
      if (type === 'enum')
        return fc.record(Object.fromEntries(Object.values(entries).map((key) => [key, anyOf(definition.valueType)])), {
          noNullPrototype: true,
        })
      return fc.dictionary(fc.constantFrom(...NAMES), anyOf(definition.valueType), {
        maxKeys: 3,
        noNullPrototype: true,
      })
    }
    case 'nullable':
      return fc.oneof(fc.constant(null), anyOf(definition.innerType))
    case 'optional':
    case 'default':
      return anyOf(definition.innerType)
    case 'unknown':
      return fc.constantFrom('x', null, 1)
    case 'custom':
      return fc.constantFrom({}, serviceDescriptors())
    default:
      throw new Error(`no values for a schema of type ${definition.type}`)
  }
}
