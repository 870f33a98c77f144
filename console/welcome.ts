/** What a newcomer sees after `npm start`: the examples ordered and brought up, and what can be tried next. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Api, ApiError, apiAt } from './api.ts'
import { bringUp, type Concept, instantiate, loopPath, ONAP, orderBody } from './control-loop.ts'
import { onboardFolder, simulatedLocation } from './onboard.ts'
import { followProcess, orderAssembly, type Print } from './order.ts'
import { commissionFile } from './tosca-file.ts'

const EXAMPLE = {
  folder: fileURLToPath(new URL('../examples/packet-core', import.meta.url)),
  location: 'sim-1',
  assemblyName: 'core',
  descriptorName: 'assembly::packet-core::1.0',
}

const LOOP = {
  folder: 'examples/cell-relief',
  template: 'service-template.yaml',
  /** It is brought to RUNNING. */
  shown: { id: { name: 'relief-north', version: '1.0.0' }, file: 'north.yaml' },
  /** It is there to be tried. */
  other: { id: { name: 'relief-south', version: '1.0.0' }, file: 'south.yaml' },
}

interface Summary {
  readonly name: string
  readonly state?: string
  readonly lastTransition?: { readonly id: string; readonly status: string; readonly intentType: string }
}

export interface WelcomeOptions {
  readonly url: string
  readonly print: Print
  /** The last line: how to stop, and what becomes of the data. */
  readonly ending?: string
}

const ENDING = 'Stop with Ctrl-C, or with kill -9: the next npm start carries on.'

export const welcome = async ({ url, print, ending = ENDING }: WelcomeOptions): Promise<void> => {
  const api = apiAt(url)
  const { assemblyName } = EXAMPLE
  const loopLines: string[] = []
  // At the same time, and told afterwards: one story after the other reads better.
  const loop = showLoop(api, (line) => loopLines.push(line)).catch((error: unknown) => error)
  await simulatedLocation(api, EXAMPLE.location)
  const onboarded = await onboardFolder(api, EXAMPLE.folder)
  print(`The catalogue has ${onboarded.descriptors.length} descriptors of the example in examples/packet-core.`)
  for (const warning of onboarded.warnings) print(`  warning: ${warning}`)

  const [known] = (await api.get(`/api/topology/assemblies?name=${assemblyName}`)) as readonly Summary[]
  const { assemblies } = (await api.get(`/api/topology/assemblies?nameContains=${assemblyName}`)) as {
    readonly assemblies: readonly Summary[]
  }
  const last = assemblies.find(({ name }) => name === assemblyName)?.lastTransition
  if (known) {
    print(`${assemblyName} is there already: ${known.state ?? 'nothing of it is installed yet'}.`)
    if (last && ['Planned', 'Pending', 'In Progress'].includes(last.status)) {
      print(`Its ${last.intentType} goes on where it was:`)
      await followProcess(api, last.id, print)
    }
  } else {
    const { descriptorName } = EXAMPLE
    print('')
    await orderAssembly(api, { assemblyName, descriptorName, intendedState: 'Active', properties: {} }, print)
  }
  const failure = await loop
  if (failure instanceof Error) throw failure
  for (const line of loopLines) print(line)
  printNext(url, ending, print)
}

/** @throws if nobody answers; what is refused is said */
const showLoop = async (api: Api, print: Print): Promise<void> => {
  const { folder, template, shown } = LOOP
  const fileOf = (name: string): string => fileURLToPath(new URL(`../${folder}/${name}`, import.meta.url))
  try {
    await commissionFile(api, fileOf(template))
    const known = await knownLoop(api, shown.id)
    if (known) {
      const goal = known.state === known.orderedState ? '' : `, ordered to ${known.orderedState}`
      return print(`${shown.id.name} is there already: ${known.state}${goal}.`)
    }
    print(`\nBeside it, the control loop ${shown.id.name} of ${folder} was ordered to RUNNING:`)
    await instantiate(api, await readFile(fileOf(shown.file), 'utf8'))
    await bringUp(api, shown.id, 'RUNNING', print)
  } catch (error) {
    if (error instanceof ApiError && error.status === 0) throw error
    print(
      `The control loop ${shown.id.name} of ${folder} gets no further here: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const knownLoop = async (
  api: Api,
  id: Concept,
): Promise<{ readonly state: string; readonly orderedState: string } | undefined> => {
  try {
    return (await api.get(loopPath(id))) as { readonly state: string; readonly orderedState: string }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

const printNext = (url: string, ending: string, print: Print): void => {
  const send = (method: string, path: string, body: object): string =>
    `  curl -s -X ${method} ${url}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
  const post = (path: string, body: object): string => send('POST', path, body)
  const postFile = (path: string, file: string): string =>
    `  curl -s -X POST ${url}${path} -H 'content-type: application/yaml' --data-binary @${LOOP.folder}/${file}`
  const loop = LOOP.other
  const name = EXAMPLE.assemblyName
  const broken = { metricKey: `${name}__control-plane__sessions`, integrity: 'BROKEN' }
  const loaded = { metricKey: `${name}__user-plane__forwarder__1`, load: 95 }
  const onboard = url.endsWith(':8080') ? 'npm run onboard --' : `npm run onboard -- --url ${url}`
  for (const line of [
    '',
    `The API is at ${url} (${url}/openapi.json says all of it). In another terminal:`,
    '',
    `See the service, and what happens to it:`,
    `  curl -s '${url}/api/topology/assemblies?name=${name}'`,
    `  curl -sN '${url}/api/events?assembly=${name}'`,
    `Break a VNFC (three bad reports in a row) and see it healed:`,
    post('/api/metrics/integrity', [broken, broken, broken]),
    `Load the cluster and see it grow:`,
    post('/api/metrics/load', [loaded, loaded, loaded]),
    `Why is it waiting? What has happened to it?`,
    `  curl -s ${url}/api/runtime/instances/${name}__control-plane__sessions/waiting`,
    `  curl -s ${url}/api/runtime/instances/${name}__control-plane__sessions/history`,
    `Onboard a project folder of your own and order it, on simulated infrastructure:`,
    `  ${onboard} examples/packet-core --order my-core`,
    `Delete it:`,
    post('/api/intent/deleteAssembly', { assemblyName: name }),
    '',
    `Commission a TOSCA file of your own, make a control loop of it, order it to PASSIVE:`,
    postFile(`${ONAP}/commission`, LOOP.template),
    postFile(`${ONAP}/instantiation`, loop.file),
    send('PUT', `${ONAP}/instantiation/command`, orderBody(loop.id, 'PASSIVE')),
    `Once it is PASSIVE, order it to RUNNING:`,
    send('PUT', `${ONAP}/instantiation/command`, orderBody(loop.id, 'RUNNING')),
    `Where does it stand? Why is it waiting? Is there an alarm?`,
    `  curl -s ${url}${loopPath(loop.id)}`,
    `  curl -s ${url}${loopPath(loop.id)}/waiting`,
    `  curl -s ${url}/api/runtime/alarms`,
    '',
    ending,
  ])
    print(line)
}
