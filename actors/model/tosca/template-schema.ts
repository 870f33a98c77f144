/** Service templates themselves as JSON Schema (2020-12), whole or in parts: from the schema that also guards what is stored. */
import { z } from 'zod'
import { entityType, nodeTemplate, serviceTemplate, topologyTemplate } from './service-template.ts'
import type { JsonSchema } from './parameters-schema.ts'

export const TEMPLATE_SECTIONS = [
  'all',
  'data_types',
  'capability_types',
  'node_types',
  'relationship_types',
  'policy_types',
  'topology_template',
  'node_templates',
] as const
export type TemplateSection = (typeof TEMPLATE_SECTIONS)[number]

export function templateSchema(section: TemplateSection): JsonSchema {
  return { ...z.toJSONSchema(zodOf(section), { io: 'input' }), title: section === 'all' ? 'service_template' : section }
}

function zodOf(section: TemplateSection): z.ZodType {
  switch (section) {
    case 'all':
      return serviceTemplate
    case 'topology_template':
      return topologyTemplate
    case 'node_templates':
      return z.record(z.string(), nodeTemplate)
    case 'data_types':
    case 'capability_types':
    case 'node_types':
    case 'relationship_types':
    case 'policy_types':
      return z.record(z.string(), entityType)
  }
}
