/** Vitest's matchers without their type `any`, for use inside of expected values. */
import { expect } from 'vitest'

export const anyText: unknown = expect.any(String)
export const anyNumber: unknown = expect.any(Number)
export const textWith = (part: string): unknown => expect.stringContaining(part)
export const textWithout = (part: string): unknown => expect.not.stringContaining(part)
export const textLike = (pattern: RegExp): unknown => expect.stringMatching(pattern)
export const having = (fields: object): unknown => expect.objectContaining(fields)
export const listWith = (items: readonly unknown[]): unknown => expect.arrayContaining([...items])
