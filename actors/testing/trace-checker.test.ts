import { describe, expect, test } from 'vitest'
import type { Intent } from '../model/intent.ts'
import { planIntent } from '../model/planner.ts'
import { EMPTY_TOPOLOGY } from '../model/topology.ts'
import { execute } from './plan-executor.ts'
import { assembly, component, property, relationship, resource, transitions, values } from './small-descriptors.ts'
import { checkTrace } from './trace-checker.ts'
import type { Recording, TraceEntry } from './trace.ts'

const node = resource('resource::node::1.0', {
  properties: { address: property(), ip: property({ readOnly: true }) },
  lifecycle: transitions(['Create', 'Install', 'Start', 'Integrity']),
  operations: {
    join: { drivers: {}, properties: {}, description: '' },
    greet: { drivers: {}, properties: {}, description: '' },
  },
})
const service = assembly('assembly::service::1.0', {
  composition: {
    A: component(node.name),
    B: component(node.name, { properties: values({ address: '${A.ip}' }) }),
    C: component(node.name),
  },
  relationships: {
    r: relationship('A', 'B', {
      create: [
        { on: 'source', operation: 'join' },
        { on: 'target', operation: 'greet' },
      ],
    }),
  },
})
const descriptors = { [node.name]: node, [service.name]: service }
const intent: Intent = {
  type: 'CreateAssembly',
  assemblyName: 'asm',
  descriptorName: service.name,
  intendedState: 'Active',
  properties: {},
}

const recorded = (): Recording => {
  let count = 0
  const newId = (): string => String(++count)
  const { plan, refusal } = planIntent({ descriptors, topology: EMPTY_TOPOLOGY, intent, rootProperties: {}, newId })
  if (refusal !== undefined) throw new Error(refusal.reason)
  const durationMs = (): number => 10
  const { accepted, entries, isComplete } = execute({ descriptors, topology: EMPTY_TOPOLOGY, plan, durationMs })
  return {
    descriptors,
    intent,
    rootProperties: {},
    before: EMPTY_TOPOLOGY,
    accepted,
    startedAtMs: 0,
    entries,
    isComplete,
  }
}

/** The recording with one entry changed. */
const changed = (name: string, instance: string, change: (entry: TraceEntry) => Partial<TraceEntry>): Recording => {
  const recording = recorded()
  const entries = recording.entries.map((entry) =>
    entry.name === name && entry.instance === instance ? { ...entry, ...change(entry) } : entry,
  )
  return { ...recording, entries }
}

const rules = (recording: Recording, slackMs = 0): ReadonlySet<string> =>
  new Set(checkTrace(recording, { slackMs }).map((breach) => breach.rule))

/** Begins before anything else has happened. */
const atOnce = { startedSequence: -1, startedAtMs: 0 }

describe('a trace that the rules allow', () => {
  test('has no breach', () => {
    expect(checkTrace(recorded(), { slackMs: 0 })).toEqual([])
  })
})

describe('a breach is found', () => {
  test.each([
    ['Create', 'asm__B', 'a value comes before its consumer'],
    ['Configure', 'asm__C', 'all of a stage comes before the next'],
    ['Install', 'asm__A', 'one transition after the other'],
    ['join', 'asm__A', 'an end reaches its state before the relationship is created'],
    ['greet', 'asm__B', 'operations of one relationship run in their order'],
    ['Start', 'asm__B', 'a relationship is created before the end enters its state'],
  ])('when %s of %s comes too early', (name, instance, rule) => {
    expect(rules(changed(name, instance, () => atOnce))).toContain(rule)
  })

  test('when something begins later than it could, by more than the slack', () => {
    const late = changed('Start', 'asm__C', (entry) => ({ startedAtMs: entry.startedAtMs + 5 }))
    expect(rules(late)).toEqual(new Set(['no wait without a reason']))
    expect(rules(late, 5)).toEqual(new Set())
  })

  test('when something failed and what needs it began all the same', () => {
    expect(rules(changed('Install', 'asm__A', () => ({ succeeded: false })))).toContain(
      'a value comes before its consumer',
    )
  })

  test('when something is missing, or nobody called for it', () => {
    const recording = recorded()
    const [first, ...others] = recording.entries
    expect(rules({ ...recording, entries: others })).toContain('everything happens')
    const foreign = { ...(first as TraceEntry), name: 'Stop', startedSequence: 1_000, endedSequence: 1_001 }
    expect(rules({ ...recording, entries: [...recording.entries, foreign] })).toContain('nothing else happens')
  })

  test('when a resource does two things at a time', () => {
    const overlapping = changed('Start', 'asm__C', () => ({ endedSequence: Infinity }))
    expect(rules(overlapping)).toContain('one thing at a time')
  })
})
