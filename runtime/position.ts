/** Order of positions, and the marks that drop repetitions. */
import type { Position } from './ports.ts'

export const START: Position = [-1, -1]

export const isAfter = (left: Position, right: Position): boolean =>
  left[0] > right[0] || (left[0] === right[0] && left[1] > right[1])
