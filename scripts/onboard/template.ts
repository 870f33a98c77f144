/** A TOSCA service template: its types of control loops are commissioned, and one of them is made a loop of. */
import type { Api } from '../../console/api.ts'
import { bringUp, type Concept, type Goal, instantiate, loopPath, ONAP, orderBody } from '../../console/control-loop.ts'
import type { Print } from '../../console/order.ts'
import { commissionFile, instanceOf, type LoopType } from '../../console/tosca-file.ts'

export interface LoopOrder {
  /** Of the loop; none: how to make one is said. */
  readonly name: string | undefined
  readonly descriptor: string | undefined
  readonly state: string | undefined
}

/** @returns whether what was ordered was done */
export const commissionTemplate = async (api: Api, file: string, order: LoopOrder, print: Print): Promise<boolean> => {
  const goal = goalOf(order.state)
  const { types, warnings } = await commissionFile(api, file)
  for (const warning of warnings) print(warning)
  for (const type of types) await printType(api, type, print)
  const type = types.find(({ name }) => name === (order.descriptor ?? types[0]?.name))
  if (!type || (order.name !== undefined && order.descriptor === undefined && types.length > 1))
    throw new Error(`--descriptor takes one of ${types.map(({ name }) => name).join(', ')}`)
  if (order.name === undefined) {
    printNext(api, type, print)
    return true
  }
  const id = { name: order.name, version: '1.0.0' }
  const findings = await instantiate(api, instanceOf(type, id))
  for (const { path, message } of findings) print(`warning: ${path}: ${message}`)
  print(`\nOrdered: ${id.name} (${type.name}) to ${goal}; it is ${api.url}${loopPath(id)}`)
  return bringUp(api, id, goal, print)
}

/** Its elements by who can carry them, and who of these is here. */
const printType = async (api: Api, type: LoopType, print: Print): Promise<void> => {
  print(`commissioned  ${conceptText(type)}`)
  const elements = Map.groupBy(type.elements, ({ participantType }) => conceptText(participantType))
  for (const [participantType, carried] of elements) {
    print(`  ${carried.map(({ definition }) => definition.name).join(', ')}`)
    const { participants } = (await api.get(`/api/runtime/participants?participantType=${participantType}`)) as {
      readonly participants: readonly (Concept & { readonly registration: string })[]
    }
    const here = participants.filter(({ registration }) => registration === 'Registered').map(conceptText)
    print(`    for ${participantType}: ${here.length === 0 ? 'no participant is registered' : here.join(', ')}`)
  }
}

const conceptText = ({ name, version }: Concept): string => `${name}:${version}`

const goalOf = (state = 'RUNNING'): Goal => {
  if (state === 'RUNNING' || state === 'PASSIVE') return state
  throw new Error(`--state of a control loop is RUNNING or PASSIVE, not ${state}`)
}

const printNext = ({ url }: Api, type: LoopType, print: Print): void => {
  const id = { name: 'my-loop', version: '1.0.0' }
  const send = (method: string, path: string, body: object): string =>
    `  curl -s -X ${method} ${url}${ONAP}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
  for (const line of [
    '',
    'Make a control loop of it, order it to PASSIVE, and once it is, to RUNNING (with --order NAME this is done here):',
    send('POST', '/instantiation', instanceOf(type, id)),
    send('PUT', '/instantiation/command', orderBody(id, 'PASSIVE')),
    send('PUT', '/instantiation/command', orderBody(id, 'RUNNING')),
    'Where does it stand? Why is it waiting?',
    `  curl -s ${url}${loopPath(id)}`,
    `  curl -s ${url}${loopPath(id)}/waiting`,
  ])
    print(line)
}
