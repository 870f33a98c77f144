/** The calls of the resource driver API, answered by the simulated infrastructure. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../runtime/ports.ts'
import { pause } from '../backoff.ts'
import { DriverRefusal } from '../protocol.ts'
import type { Chaos } from './chaos.ts'
import type { CompletionPublisher, DriverIds } from './completion-publisher.ts'
import type { SimulatedInfrastructure } from './infrastructure.ts'
import { readExecute, readFind } from './lifecycle-request.ts'
import { scriptedBehaviour } from './script.ts'
import type { ScriptsTable } from './scripts-table.ts'
import { FIND_REFERENCE } from './transitions.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
}

/** Status 0: none; the connection breaks. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface DriverCallParts {
  readonly infrastructure: SimulatedInfrastructure
  readonly scripts: ScriptsTable
  readonly ids: DriverIds
  readonly publisher: CompletionPublisher
  readonly clock: Clock
  readonly chaos: Chaos
  readonly askerTimeoutMs: number
}

/** How long an answer waits for its own event where events come early; slower work isn't waited for. */
const EARLY_MS = 250

/** `undefined`: it isn't a call of this API. @throws {DriverRefusal} for what the script refuses */
export const driverCalls = (parts: DriverCallParts) => {
  const { infrastructure, scripts, ids, publisher, clock, chaos, askerTimeoutMs } = parts
  let executed = 0

  const execute = async (body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> => {
    const { value, ...wrong } = readExecute(body, clock.now() + askerTimeoutMs)
    if (!value) return refusal(wrong)
    const { request, location } = value
    const { requestId } = request
    const id = ids.next(requestId)
    const published = chaos.early ? publisher.published(requestId, EARLY_MS) : undefined
    const properties = { ...request.resourceProperties, ...scripts.for(request.resourceId) }
    const behaviour = () => scriptedBehaviour(location.properties, properties, request.transition)
    await infrastructure.take(request, behaviour, headers['x-tracectx-processid'])
    await published
    executed++
    if (chaos.lose > 0 && executed % chaos.lose === 0) return { status: 0, body: undefined }
    const tenantId = headers['tenantid']
    return {
      status: 202,
      body: { requestId: id, associatedTopology: {}, version: '1.0.0' },
      ...(tenantId !== undefined && { headers: { tenantId } }),
    }
  }

  const find = (body: unknown): Answer => {
    const { value, ...wrong } = readFind(body)
    if (!value) return refusal(wrong)
    const { instanceName, location } = value
    const behaviour = scriptedBehaviour(location.properties, scripts.for(instanceName), FIND_REFERENCE)
    if (behaviour.refuse)
      throw new DriverRefusal(behaviour.refuse.code, `${FIND_REFERENCE} is refused, as sim_refuse says`)
    if (behaviour.fail) return { status: 200, body: { result: null } }
    const resourceId = createHash('sha256').update(`${location.name}/${instanceName}`).digest('hex').slice(0, 32)
    const result = {
      resourceId,
      associatedTopology: { [instanceName]: { id: `sim-${resourceId}`, type: 'Simulated' } },
      outputs: { ...behaviour.outputs, ...behaviour.outputsNow },
    }
    return { status: 200, body: { result } }
  }

  const slowly = async (answer: Answer): Promise<Answer> => {
    if (chaos.slowMs > 0) await pause(clock, chaos.slowMs, NEVER)
    return answer
  }

  return async (
    { method, path }: Asked,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer | undefined> => {
    switch (`${method} ${path}`) {
      case 'POST /api/driver/lifecycle/execute':
        return slowly(await execute(body, headers))
      case 'POST /api/driver/references/find':
        return slowly(find(body))
      case 'GET /management/health':
        return { status: 200, body: { vitals: { app: { status: 'OK' } } } }
    }
    return undefined
  }
}

const NEVER = new AbortController().signal

const refusal = ({ problem, notZip }: { readonly problem?: string; readonly notZip?: true }): Answer => {
  const status = notZip ? 500 : 400
  return { status, body: { localizedMessage: problem, status } }
}
