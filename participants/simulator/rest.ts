/**
 * The simulator's REST interface: ONAP's (`/onap/participantsim/v2`, see its `participant-sim.json`), and beside it the scripts
 * and the silence of ours. Without a server: whoever serves HTTP can mount it.
 */
import { z } from 'zod'
import { conceptText } from '../protocol/concept.ts'
import { elementChange, elementView, participantChange, participantView } from './rest-views.ts'
import { script } from './script.ts'
import type { ScriptTable } from './script-table.ts'
import type { SimulatedParticipant } from './simulator-participant.ts'

export const SIMULATOR_BASE = '/onap/participantsim/v2'

export interface SimulatorAnswer {
  readonly status: number
  readonly body: unknown
}

export interface SimulatorRestParts {
  readonly participants: () => readonly SimulatedParticipant[]
  /** Theirs. */
  readonly scripts: ScriptTable
}

type Handle = (body: unknown, name: string, version: string) => SimulatorAnswer

/** Path behind the base; names and versions hold no slash, and are given decoded. */
const ROUTE = /^\/([a-z]+)(?:\/([^/]+))?(?:\/([^/]+))?$/

export const simulatorRest = ({ participants, scripts }: SimulatorRestParts) => {
  const elements = () => participants().flatMap((participant) => participant.elements())

  const routes: Readonly<Record<string, Handle>> = {
    'GET participants/2': (_body, name, version) =>
      ok(
        participants()
          .map(participantView)
          .filter((view) => view.name === name && view.version === version),
      ),
    'PUT participants/0': (body) =>
      given(participantChange, body, ({ name, version, participantState }) => {
        const found = participants().find(
          ({ identity }) => conceptText(identity.participantId) === `${name}:${version}`,
        )
        if (!found) return problem(404, `participant ${name}:${version} isn't simulated here`)
        found.setMode(participantState)
        return ok({ response: participantView(found) })
      }),
    // The original goes by the name of the loop's definition, which participants aren't told.
    'GET elements/2': (_body, name, version) =>
      ok(
        Object.fromEntries(
          elements()
            .filter(({ loop, definition }) =>
              [loop, definition].some((each) => each.name === name && each.version === version),
            )
            .map((element) => [element.elementId, elementView(element)]),
        ),
      ),
    'PUT elements/0': (body) =>
      given(elementChange, body, ({ id, state }) => {
        for (const participant of participants()) {
          const element = participant.elements().find(({ elementId }) => elementId === id)
          if (!element) continue
          participant.updateElementState(element.loop, id, state, `set to ${state} by hand`)
          return ok({ response: elementView({ ...element, state }) })
        }
        return problem(404, `element ${id} isn't carried here`)
      }),
    'GET scripts/0': () => ok(scripts.all()),
    'PUT scripts/1': (body, target) =>
      given(script, body, (set) =>
        scripts.set(target, set) ? ok({ [target]: set }) : problem(409, 'there are too many scripts'),
      ),
    'DELETE scripts/1': (_body, target) => ok({ removed: scripts.remove(target) }),
    'GET silence/0': () => ok({ silent: participants().some((participant) => participant.isSilent()) }),
    'PUT silence/0': (body) =>
      given(z.object({ silent: z.boolean() }), body, ({ silent }) => {
        for (const participant of participants()) participant.setSilent(silent)
        return ok({ silent })
      }),
  }

  return (method: string, path: string, body: unknown): SimulatorAnswer => {
    const [, noun = '', first, second] =
      ROUTE.exec(path.startsWith(SIMULATOR_BASE) ? path.slice(SIMULATOR_BASE.length) : '') ?? []
    const names = [first, second].filter((name) => name !== undefined)
    const route = `${method} ${noun}/${names.length}`
    const handle = Object.hasOwn(routes, route) ? routes[route] : undefined
    if (!handle) return problem(404, `there is no ${method} ${path}`)
    const [name = '', version = ''] = names.map(decoded)
    return handle(body, name, version)
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const ok = (body: unknown): SimulatorAnswer => ({ status: 200, body })
export const problem = (status: number, errorDetails: string): SimulatorAnswer => ({ status, body: { errorDetails } })

const given = <Value>(
  schema: z.ZodType<Value>,
  body: unknown,
  handle: (value: Value) => SimulatorAnswer,
): SimulatorAnswer => {
  const parsed = schema.safeParse(body)
  return parsed.success ? handle(parsed.data) : problem(400, z.prettifyError(parsed.error))
}
