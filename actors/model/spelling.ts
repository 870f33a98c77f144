/** Words that people spell otherwise, and the nearest of the words that would have been right. */

/** Seen in real descriptors, or the same slip elsewhere: accepted with a warning. */
export const MISSPELLED_KEYS: Readonly<Record<string, string>> = {
  read_only: 'read-only',
  readonly: 'read-only',
  readOnly: 'read-only',
  descripion: 'description',
  descriptiomn: 'description',
  decription: 'description',
  desciption: 'description',
  require: 'required',
  requried: 'required',
  private_properties: 'private-properties',
  default_driver: 'default-driver',
  derived_from: 'derived-from',
  'infrastructure-types': 'infrastructure-type',
  infrastructure_type: 'infrastructure-type',
  initial_quantity: 'initial-quantity',
  minimum_nodes: 'minimum-nodes',
  maximum_nodes: 'maximum-nodes',
  scaling_increment: 'scaling-increment',
  source_capabilities: 'source-capabilities',
  target_requirements: 'target-requirements',
  source_state: 'source-state',
  target_state: 'target-state',
  source_state_modifier: 'source-state-modifier',
  target_state_modifier: 'target-state-modifier',
  source_operation: 'source-operation',
  source_metric: 'source-metric',
  'scaleOut-threshold': 'scaleOut_threshold',
  scaleout_threshold: 'scaleOut_threshold',
  'scaleIn-threshold': 'scaleIn_threshold',
  scalein_threshold: 'scaleIn_threshold',
  relationship: 'relationships',
  property: 'properties',
}

export const MISSPELLED_TYPES: Readonly<Record<string, string>> = {
  stirng: 'string',
  sting: 'string',
  String: 'string',
  int: 'integer',
  bool: 'boolean',
}

const WORD_CHARS_MAX = 100
const CANDIDATES_MAX = 2_000

/**
 * The candidate with the fewest edits (at most 2, and at most a third of the word's length), letters' case, `-` and `_`
 * not counted. `undefined` if none is near. Looks at the first 2,000 candidates.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > WORD_CHARS_MAX) return undefined
  const plain = normal(word)
  let best: string | undefined
  let bestEdits = Math.min(2, Math.max(1, Math.floor(word.length / 3))) + 1
  let seen = 0
  for (const candidate of candidates) {
    seen += 1
    if (seen > CANDIDATES_MAX) break
    if (Math.abs(candidate.length - word.length) > 3 || candidate === word) continue
    const edits = editDistance(plain, normal(candidate), bestEdits)
    if (edits < bestEdits) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** "did you mean 'x'?", or nothing. */
export function nearestHint(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates)
  return near === undefined ? undefined : `did you mean '${near}'?`
}

const normal = (word: string): string => word.toLowerCase().replaceAll('_', '-')

/** Insertions, deletions, replacements and swaps of neighbours; `limit` if it is at least that. */
export function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, (before[column - 2] ?? 0) + 1)
      }
      current.push(edits)
    }
    if (Math.min(...current) >= limit) return limit
    before = last
    last = current
  }
  return Math.min(limit, last[b.length] ?? limit)
}
