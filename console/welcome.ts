/** What a newcomer sees after `npm start`: the example ordered and brought up, and what can be tried next. */
import { fileURLToPath } from 'node:url'
import { apiAt } from './api.ts'
import { onboardFolder, simulatedLocation } from './onboard.ts'
import { followProcess, orderAssembly, type Print } from './order.ts'

const EXAMPLE = {
  folder: fileURLToPath(new URL('../examples/packet-core', import.meta.url)),
  location: 'sim-1',
  assemblyName: 'core',
  descriptorName: 'assembly::packet-core::1.0',
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
  printNext(url, ending, print)
}

const printNext = (url: string, ending: string, print: Print): void => {
  const post = (path: string, body: string): string =>
    `  curl -s -X POST ${url}${path} -H 'content-type: application/json' -d '${body}'`
  const name = EXAMPLE.assemblyName
  const broken = JSON.stringify({ metricKey: `${name}__control-plane__sessions`, integrity: 'BROKEN' })
  const loaded = JSON.stringify({ metricKey: `${name}__user-plane__forwarder__1`, load: 95 })
  const onboard = url.endsWith(':8080') ? 'npm run onboard --' : `npm run onboard -- --url ${url}`
  for (const line of [
    '',
    `The API is at ${url} (${url}/openapi.json says all of it). In another terminal:`,
    '',
    `See the service, and what happens to it:`,
    `  curl -s '${url}/api/topology/assemblies?name=${name}'`,
    `  curl -sN '${url}/api/events?assembly=${name}'`,
    `Break a VNFC (three bad reports in a row) and see it healed:`,
    post('/api/metrics/integrity', `[${broken},${broken},${broken}]`),
    `Load the cluster and see it grow:`,
    post('/api/metrics/load', `[${loaded},${loaded},${loaded}]`),
    `Why is it waiting? What has happened to it?`,
    `  curl -s ${url}/api/runtime/instances/${name}__control-plane__sessions/waiting`,
    `  curl -s ${url}/api/runtime/instances/${name}__control-plane__sessions/history`,
    `Onboard a project folder of your own and order it, on simulated infrastructure:`,
    `  ${onboard} examples/packet-core --order my-core`,
    `Delete it:`,
    post('/api/intent/deleteAssembly', JSON.stringify({ assemblyName: name })),
    ending,
  ])
    print(line)
}
