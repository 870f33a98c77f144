/**
 * What is commissioned, as the API needs it: templates decoded, with their types. Decoded ones are kept by their revision, because
 * many loops are made from one template; which revision counts is read each time.
 */
import { CONTROL_LOOP_DEFINITION, definitionRef, SERVICE_TEMPLATE, serviceTemplateRef } from '../../actors/addresses.ts'
import type { DefinitionState } from '../../actors/control-loop-definition/protocol.ts'
import { controlLoopTypes } from '../../actors/model/tosca/control-loop-types.ts'
import type { ControlLoopType } from '../../actors/model/tosca/element-type.ts'
import { serviceTemplate, type ServiceTemplate } from '../../actors/model/tosca/service-template.ts'
import type { TemplateState } from '../../actors/service-template/protocol.ts'
import { type Concept, conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { Queries } from '../../runtime/client.ts'
import type { Asking } from '../asking.ts'
import { scan } from '../scan.ts'
import { freshRead } from './fresh-read.ts'
import { inParallel } from './in-parallel.ts'
import { WeighedCache } from './weighed-cache.ts'

/** Characters of templates, as JSON, that are kept decoded. */
const KEPT_CHARS_MAX = 16 * 1024 * 1024
/** Templates that one answer is made from; more are left out. */
export const TEMPLATES_MAX = 1_000
const READS_AT_A_TIME = 4

export interface CommissionedTemplate {
  readonly id: Concept
  readonly revision: number
  readonly commissionedAtMs: number
  readonly template: ServiceTemplate
  /** By `name:version`. */
  readonly types: ReadonlyMap<string, ControlLoopType>
  /** Of the policies and types that some elements are sent, as JSON. */
  readonly fragmentBytes: number
}

interface Kept extends CommissionedTemplate {
  /** Definitions, with when they were commissioned, that are known to be from this very template. */
  readonly confirmedFor: Set<string>
}

export interface Commissioned {
  /** The one in force; `undefined`: there is none. */
  readonly template: (id: Concept) => Promise<CommissionedTemplate | undefined>
  /** Those in force that are named so, by name and version. */
  readonly templates: (filter: {
    name?: string | undefined
    version?: string | undefined
  }) => Promise<readonly CommissionedTemplate[]>
  /** As its entity is; `undefined`: it isn't commissioned. */
  readonly definition: (id: Concept) => Promise<DefinitionState | undefined>
  /** What a definition that was just read is from. Decoded only if it isn't kept. */
  readonly templateOf: (definition: DefinitionState) => Promise<CommissionedTemplate | undefined>
  /** Names of all definitions, for hints. */
  readonly definitionNames: () => Promise<readonly string[]>
}

export const commissionedIn = (queries: Queries, asks: Asking): Commissioned => {
  const decoded = new WeighedCache<Kept>(KEPT_CHARS_MAX)

  const decode = (key: string, state: TemplateState): Kept | undefined => {
    if (!state.content) return undefined
    const template = serviceTemplate.parse(state.content.source)
    const types = new Map(controlLoopTypes(template).types.map((type) => [conceptText(type.definition), type]))
    const { id, revision, commissionedAtMs } = state
    const fragmentBytes = Buffer.byteLength(JSON.stringify(state.content.fragment))
    const made = { id, revision, commissionedAtMs, template, types, fragmentBytes, confirmedFor: new Set<string>() }
    decoded.set(key, made, JSON.stringify(state.content.source).length)
    return made
  }
  const load = freshRead(async (key: string): Promise<Kept | undefined> => {
    const state = (await asks.read(queries.entity<TemplateState>(serviceTemplateRef(conceptOf(key)))))?.state
    if (!state?.content) return undefined
    const kept = decoded.get(key)
    // A name may be used again, and revisions then begin anew.
    const isSame = kept?.revision === state.revision && kept.commissionedAtMs === state.commissionedAtMs
    return isSame ? kept : decode(key, state)
  })
  const readDefinition = freshRead(async (key: string): Promise<DefinitionState | undefined> => {
    const state = (await asks.read(queries.entity<DefinitionState>(definitionRef(conceptOf(key)))))?.state
    return state?.definition && state.presence !== 'absent' ? state : undefined
  })

  return {
    template: (id) => load(conceptText(id)),
    templates: async ({ name, version }) => {
      const by = name === undefined ? { field: 'id' } : { field: 'name', equals: name }
      const { items } = await scan(queries, asks, { kind: SERVICE_TEMPLATE, ...by }, TEMPLATES_MAX, (rows) =>
        rows.map(({ id, fields }) => (version === undefined || fields['version'] === version ? id : undefined)),
      )
      const found = await inParallel(items, READS_AT_A_TIME, load)
      return found.filter((one) => one !== undefined)
    },
    definition: (id) => readDefinition(conceptText(id)),
    templateOf: async ({ id, template, revision, commissionedAtMs }) => {
      if (!template) return undefined
      const key = conceptText(template)
      const confirmed = `${conceptText(id)}@${commissionedAtMs}`
      const kept = decoded.get(key)
      if (kept?.revision === revision && kept.confirmedFor.has(confirmed)) return kept
      const loaded = await load(key)
      if (loaded?.revision === revision) loaded.confirmedFor.add(confirmed)
      return loaded
    },
    definitionNames: async () => {
      const { items } = await scan(
        queries,
        asks,
        { kind: CONTROL_LOOP_DEFINITION, field: 'id' },
        TEMPLATES_MAX,
        (rows) => rows.map(({ id }) => id),
      )
      return items
    },
  }
}
