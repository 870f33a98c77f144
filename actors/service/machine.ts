/** A service is a role that nodes run. It holds the configuration of all its instances and tells them when it changes. */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { SERVICE_CHANGES_TOPIC, type ServiceChange } from './changes.ts'
import { type Configurables, configurationProblems } from './configurable.ts'
import type { ConfigureReply, InstanceReply, ServiceCommand, ServiceEvent, ServiceState } from './protocol.ts'

type Decided = Decision<ServiceEvent>

export const initial = (name: string): ServiceState => ({
  name,
  isKnown: false,
  version: 0,
  values: {},
  changedAtMs: 0,
  changedBy: '',
})

export const decide =
  (configurables: Configurables) =>
  (state: ServiceState, command: ServiceCommand, context: Context): Decided => {
    switch (command.type) {
      case 'configure':
        return configure(state, command.values, command.expectedVersion, configurables, context)
      case 'instance-seen': {
        const reply: InstanceReply = { configurationVersion: state.version }
        return { events: state.isKnown ? [] : [{ type: 'appeared', atMs: context.nowMs }], reply }
      }
    }
  }

const configure = (
  state: ServiceState,
  values: Readonly<Record<string, string>>,
  expectedVersion: number | undefined,
  configurables: Configurables,
  context: Context,
): Decided => {
  const { name, version } = state
  if (!state.isKnown && !Object.hasOwn(configurables, name))
    return { reject: { code: 'service-not-found', reason: `there is no service ${JSON.stringify(name)}` } }
  // Before anything else: whoever built on another version must look again, whatever they sent.
  if (expectedVersion !== undefined && expectedVersion !== version)
    return {
      reject: {
        code: 'configuration-conflict',
        reason: `the configuration of ${name} is version ${version} by now, not ${expectedVersion}: read it again`,
        details: { version },
      },
    }
  const problems = configurationProblems(name, values, configurables)
  if (problems.length > 0)
    return {
      reject: {
        code: 'invalid-configuration',
        reason: `${name} can't be configured so: ${problems.map(({ key, problem }) => `${key}: ${problem}`).join('; ')}`,
        details: { problems },
      },
    }
  if (isSame(state.values, values)) return { events: [], reply: { version, changed: false } satisfies ConfigureReply }
  const next = version + 1
  return {
    events: [{ type: 'configured', atMs: context.nowMs, by: context.sender, version: next, values }],
    reply: { version: next, changed: true } satisfies ConfigureReply,
  }
}

export const evolve = (state: ServiceState, event: ServiceEvent): ServiceState => {
  switch (event.type) {
    case 'appeared':
      return { ...state, isKnown: true }
    case 'configured': {
      const { version, values, atMs, by } = event
      return { ...state, isKnown: true, version, values, changedAtMs: atMs, changedBy: by }
    }
  }
}

export const react = (state: ServiceState, event: ServiceEvent): readonly Effect[] => {
  switch (event.type) {
    case 'appeared':
      return []
    case 'configured': {
      const message: ServiceChange = { service: state.name, version: event.version }
      return [{ type: 'publish', topic: SERVICE_CHANGES_TOPIC, key: state.name, message }]
    }
  }
}

const isSame = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean => {
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key])
}
