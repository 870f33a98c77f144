/** The chart, rendered by the real helm. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import type { ChartObject } from './chart-objects.ts'
import { type KubernetesTools, openKubernetesTools, type Outcome } from './kubernetes-tools.ts'

export const CHART = join(import.meta.dirname, '../helm/homeostat')
const EXAMPLES = join(import.meta.dirname, '../examples')

export const EXAMPLE_NAMES = ['minimal', 'everything'] as const
export type ExampleName = (typeof EXAMPLE_NAMES)[number]

/** What the names of an example's resources begin with, in the release `prod`. */
export const PREFIXES: Readonly<Record<ExampleName, string>> = { minimal: 'prod', everything: 'telco' }

export const exampleFile = (example: ExampleName): string => join(EXAMPLES, `${example}.yaml`)

interface RoleValues {
  readonly enabled: boolean
  readonly load: number
  readonly redundant: number
  readonly max: number
}

interface Values {
  readonly roles?: Readonly<Record<string, Partial<RoleValues>>>
  readonly kafka: { readonly brokers: readonly string[] }
}

const valuesIn = (file: string): Values => parse(readFileSync(file, 'utf8')) as Values

export const brokersOf = (example: ExampleName): readonly string[] => valuesIn(exampleFile(example)).kafka.brokers

/** The roles that are enabled, with what an example, or else the chart, says of them. */
export const rolesOf = (example: ExampleName): readonly (RoleValues & { readonly role: string })[] => {
  const changed = valuesIn(exampleFile(example)).roles ?? {}
  return Object.entries(valuesIn(join(CHART, 'values.yaml')).roles ?? {})
    .map(([role, values]) => ({ role, ...(values as RoleValues), ...changed[role] }))
    .filter(({ enabled }) => enabled)
}

export interface Chart {
  readonly tools: KubernetesTools
  /** What helm answers; `changes` are values on top of the example's. */
  template(example: ExampleName, changes?: unknown): Promise<Outcome>
  /** @throws with what helm says if it refuses, or if it makes no proper YAML */
  objects(example: ExampleName, changes?: unknown): Promise<readonly ChartObject[]>
  close(): void
}

const objectsIn = (yaml: string): readonly ChartObject[] =>
  parseAllDocuments(yaml)
    .map((document) => {
      const [error] = document.errors
      if (error) throw error
      return document.toJS() as ChartObject | null
    })
    .filter((object) => object !== null)

export const openChart = (): Chart => {
  const tools = openKubernetesTools()
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-chart-'))
  const template: Chart['template'] = (example, changes = {}) => {
    const values = join(folder, 'changes.yaml')
    writeFileSync(values, stringify(changes))
    return tools.helm('template', 'prod', CHART, '-f', exampleFile(example), '-f', values)
  }
  return {
    tools,
    template,
    objects: async (example, changes) => {
      const { status, stdout, stderr } = await template(example, changes)
      if (status !== 0 || stderr !== '') throw new Error(stderr)
      return objectsIn(stdout)
    },
    close: () => {
      tools.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
