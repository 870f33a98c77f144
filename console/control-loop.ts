/** Makes a control loop, orders it upwards, and shows what happens on the way. */
import { type Api, ApiError, type Body, type Finding } from './api.ts'
import { type Print, timeText } from './order.ts'

export const ONAP = '/onap/controlloop/v2'

export interface Concept {
  readonly name: string
  readonly version: string
}

export type Goal = 'PASSIVE' | 'RUNNING'

interface LoopView {
  readonly state: string
  readonly orderedState: string
  readonly createdAt: string
  readonly elements: readonly { readonly participantId: Concept }[]
}

interface ParticipantView {
  readonly registration: string
}

interface LoopEvent {
  readonly at: string
  readonly message?: LoopMessage
}

interface LoopMessage {
  readonly eventType: string
  readonly state?: string
  readonly orderedState?: string
  readonly startPhase?: number
  readonly definition?: Concept
  readonly attempt?: number
  readonly message?: string
  readonly retryAt?: string
  readonly notificationType?: string
  readonly specificProblem?: string
}

/** How long a loop is watched. It goes on for as long as it needs. */
const WATCHED_MS = 60_000
/** How long its participants may take to register. */
const ARRIVAL_MS = 20_000
const LOOK_EVERY_MS = 100

export const loopPath = ({ name, version }: Concept): string => `/api/runtime/control-loops/${name}/${version}`

/** @param body a list of control loops, as the API takes it. @returns what is odd with them, and was accepted all the same */
export const instantiate = async (api: Api, body: Body): Promise<readonly Finding[]> => {
  const { value } = await api.post(`${ONAP}/instantiation`, body)
  return (value as { readonly warnings?: readonly Finding[] }).warnings ?? []
}

export const orderBody = ({ name, version }: Concept, orderedState: string): object => ({
  orderedState,
  controlLoopIdentifierList: [{ name, version }],
})

const order = (api: Api, id: Concept, orderedState: string): Promise<unknown> =>
  api.send('PUT', `${ONAP}/instantiation/command`, orderBody(id, orderedState))

/** Orders a new loop to PASSIVE, and on. @returns whether it is where it was to go */
export const bringUp = async (api: Api, id: Concept, goal: Goal, print: Print): Promise<boolean> => {
  const { createdAt, elements } = (await api.get(loopPath(id))) as LoopView
  const participants = new Map(elements.map(({ participantId: one }) => [`${one.name}:${one.version}`, one]))
  for (const participant of participants.values()) await arrived(api, participant)
  await order(api, id, 'PASSIVE')
  const stopping = new AbortController()
  const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(WATCHED_MS)])
  let startedMs: number | undefined
  let isOrderedOn = false
  try {
    // From the oldest that is held, so that nothing is missed; of an earlier loop of this name nothing is shown.
    for await (const event of api.events(`controlLoop=${id.name}:${id.version}&after=-1`, signal)) {
      const { at, message } = event as LoopEvent
      // Without a message it says that older ones are gone.
      if (!message || at < createdAt || message.orderedState === 'UNINITIALISED') continue
      const { state, orderedState } = message
      startedMs ??= Date.parse(at)
      const line = lineOf(message, at)
      if (line !== undefined) print(`${timeText(at, startedMs)}  ${line}`)
      if (state === goal) return true
      // Events may come twice.
      if (isOrderedOn || state !== 'PASSIVE' || orderedState !== 'PASSIVE') continue
      isOrderedOn = true
      await order(api, id, goal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stopping.abort()
  }
  const { state } = (await api.get(loopPath(id))) as LoopView
  print(`${id.name} is ${state} so far. What it waits for: ${api.url}${loopPath(id)}/waiting`)
  return false
}

const lineOf = (message: LoopMessage, at: string): string | undefined => {
  const { eventType, state = '', startPhase, definition, attempt, retryAt } = message
  switch (eventType) {
    case 'ControlLoopStateChangeEvent':
      if (!state.includes('2')) return `✔ ${state}`
      return startPhase === undefined ? undefined : `▶ ${state.replace('2', ' to ')}`
    case 'ControlLoopElementFailedEvent': {
      const waitS = (Date.parse(retryAt ?? at) - Date.parse(at)) / 1000
      const next = `attempt ${attempt} failed; the next one after ${waitS.toFixed(1)} s`
      return `✘ ${definition?.name}: ${message.message}\n${' '.repeat(14)}${next}`
    }
    case 'AlarmEvent':
      return message.notificationType === 'notifyNewAlarm' ? `✘ alarm: ${message.specificProblem}` : undefined
    default:
      return undefined
  }
}

/** Nothing can be ordered while it isn't registered; a node that has just started may still be waiting for it. */
const arrived = async (api: Api, { name, version }: Concept): Promise<void> => {
  const deadlineMs = performance.now() + ARRIVAL_MS
  const isHere = async (): Promise<boolean> => {
    try {
      const view = (await api.get(`/api/runtime/participants/${name}/${version}`)) as ParticipantView
      return view.registration === 'Registered'
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false
      throw error
    }
  }
  while (!(await isHere()) && performance.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}
