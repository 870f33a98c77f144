/** A descriptor of the catalogue: what is put is read and checked first, so what is there can be used. */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { readDescriptor } from '../model/descriptor-reader.ts'
import type { DescriptorCommand, DescriptorEvent, DescriptorPutReply, DescriptorState } from './protocol.ts'

type Decided = Decision<DescriptorEvent>

export const initial = (name: string): DescriptorState => ({
  name,
  present: false,
  text: '',
  kind: 'resource',
  description: '',
  revision: 0,
  createdAtMs: 0,
  lastModifiedAtMs: 0,
})

export const decide =
  (config: ActorsConfig) =>
  (state: DescriptorState, command: DescriptorCommand, context: Context): Decided => {
    switch (command.type) {
      case 'put':
        return put(state, command, config, context.nowMs)
      case 'remove':
        return state.present
          ? { events: [{ type: 'removed', atMs: context.nowMs }], reply: {} }
          : { reject: notFound(state.name) }
      case 'forget':
        return state.present ? { events: [] } : { events: [], effects: [{ type: 'forget' }] }
    }
  }

const put = (
  state: DescriptorState,
  { text, mode }: Extract<DescriptorCommand, { type: 'put' }>,
  { descriptorCharsMax }: ActorsConfig,
  atMs: number,
): Decided => {
  if (mode === 'create' && state.present)
    return {
      reject: { code: 'descriptor-exists', reason: `there already is a descriptor with the name ${state.name}` },
    }
  if (mode === 'replace' && !state.present) return { reject: notFound(state.name) }
  if (text.length > descriptorCharsMax)
    return {
      reject: {
        code: 'descriptor-too-large',
        reason: `the descriptor has ${text.length} characters, and ${descriptorCharsMax} is the most`,
      },
    }
  const { descriptor, findings } = readDescriptor(text, { name: state.name })
  if (!descriptor) {
    const [first] = findings.filter(({ severity }) => severity === 'error')
    return {
      reject: {
        code: 'descriptor-invalid',
        reason: first ? `${first.path}: ${first.message}` : `${state.name} can't be read`,
        details: { findings },
      },
    }
  }
  const same = state.present && state.text === text
  const { kind, description } = descriptor
  const reply: DescriptorPutReply = {
    descriptorName: state.name,
    revision: same ? state.revision : state.revision + 1,
    created: !state.present,
    warnings: findings,
  }
  return { events: same ? [] : [{ type: 'put', atMs, text, kind, description }], reply }
}

/** Clients look for this text. */
const notFound = (name: string) => ({
  code: 'descriptor-not-found',
  reason: `No descriptor found with name: ${name}`,
})

export const evolve = (state: DescriptorState, event: DescriptorEvent): DescriptorState => {
  switch (event.type) {
    case 'put': {
      const { text, kind, description, atMs } = event
      return {
        ...state,
        present: true,
        text,
        kind,
        description,
        revision: state.revision + 1,
        createdAtMs: state.present ? state.createdAtMs : atMs,
        lastModifiedAtMs: atMs,
      }
    }
    case 'removed':
      return { ...state, present: false, text: '', lastModifiedAtMs: event.atMs }
  }
}

const FORGET_TIMER = 'forget'

export const react =
  (config: ActorsConfig) =>
  (_: DescriptorState, event: DescriptorEvent): readonly Effect[] => {
    switch (event.type) {
      case 'put':
        return [{ type: 'cancel-timer', name: FORGET_TIMER }]
      case 'removed': {
        const message: DescriptorCommand = { type: 'forget' }
        return [{ type: 'set-timer', name: FORGET_TIMER, dueMs: event.atMs + config.removedRetentionMs, message }]
      }
    }
  }
