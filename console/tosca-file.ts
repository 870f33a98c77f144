/** Commissions a TOSCA service template: a file with types of control loops. */
import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { type Api, ApiError, type Finding } from './api.ts'
import { type Concept, ONAP } from './control-loop.ts'

/** The API takes half of that; it says so itself. */
const FILE_BYTES_MAX = 4_194_304

/** A type of control loop, as it is commissioned. */
export interface LoopType extends Concept {
  readonly elements: readonly {
    readonly definition: Concept
    readonly participantType: Concept
  }[]
}

export interface CommissionedFile {
  readonly types: readonly LoopType[]
  /** With the place in the file. */
  readonly warnings: readonly string[]
}

/** Again and again, if need be. @throws with a line for each thing that is wrong with the file, and where */
export const commissionFile = async (api: Api, file: string): Promise<CommissionedFile> => {
  const { size } = await stat(file)
  if (size > FILE_BYTES_MAX) throw new Error(`${file} has ${size} bytes; a service template may have ${FILE_BYTES_MAX}`)
  const { value } = await api.post(`${ONAP}/commission`, await readFile(file, 'utf8')).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.findings.length === 0) throw error
    throw new Error(error.findings.map((finding) => placed(file, finding)).join('\n'), { cause: error })
  })
  const { affectedControlLoopDefinitions: nodes, warnings = [] } = value as {
    readonly affectedControlLoopDefinitions: readonly Concept[]
    readonly warnings?: readonly Finding[]
  }
  return { types: await typesAmong(api, nodes), warnings: warnings.map((finding) => placed(file, finding)) }
}

/** Of the node templates, those that are loops. */
const typesAmong = async (api: Api, nodes: readonly Concept[]): Promise<readonly LoopType[]> => {
  const types: LoopType[] = []
  for (const { name, version } of nodes) {
    const loops = (await api.get(`${ONAP}/commission?name=${name}&version=${version}`)) as readonly Concept[]
    if (loops.length > 0)
      types.push((await api.get(`/api/runtime/control-loop-definitions/${name}/${version}`)) as LoopType)
  }
  return types
}

const placed = (file: string, { severity, line, column, path, message, hint }: Finding): string => {
  const at = line === undefined ? ` ${path}:` : `${line}:${column ?? 1}:`
  return `${file}:${at} ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

/** The least that makes a loop of a type: what participants there are carry it, and every property has its default. */
export const instanceOf = ({ name, version, elements }: LoopType, id: Concept): object => ({
  controlLoopList: [
    {
      ...id,
      definition: { name, version },
      elements: Object.fromEntries(
        elements.map(({ definition }) => [
          randomUUID(),
          { definition: { name: definition.name, version: definition.version } },
        ]),
      ),
    },
  ],
})
