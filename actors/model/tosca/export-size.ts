/** What was read has to be readable again once it is written out: without aliases and short forms it may be much larger. */
import type { Reading } from '../reading.ts'
import type { ServiceTemplate } from './service-template.ts'
import { exportTosca, writtenTemplate } from './template-export.ts'
import { TOSCA_LIMITS } from './tosca-text.ts'

export function checkExport(template: ServiceTemplate, reading: Reading): void {
  const fault = exportFault(template)
  if (fault === undefined) return
  const message = `written out without aliases and short forms, it would be too large to be read again: ${fault}`
  reading.error([], { code: 'too-large', message, hint: 'make several templates of it' })
}

function exportFault(template: ServiceTemplate): string | undefined {
  const { bytesMax, valuesMax, depthMax } = TOSCA_LIMITS
  const { values, height } = extentOf(writtenTemplate(template))
  if (values > valuesMax) return `${values} values, ${valuesMax} are allowed`
  if (height > depthMax + 1) return `more than ${depthMax} levels inside each other`
  const bytes = bytesOf(template, bytesMax)
  return bytes > bytesMax ? `${bytes} bytes, ${bytesMax} are allowed` : undefined
}

interface Extent {
  readonly values: number
  readonly height: number
}

function extentOf(value: unknown): Extent {
  if (typeof value !== 'object' || value === null) return { values: 1, height: 1 }
  let values = 1
  let height = 1
  for (const inner of Object.values(value).map(extentOf)) {
    values += inner.values
    height = Math.max(height, inner.height)
  }
  return { values, height: height + 1 }
}

/** Of the larger of both formats. Small templates are only written as JSON, which takes a fraction of the time. */
function bytesOf(template: ServiceTemplate, bytesMax: number): number {
  const json = exportTosca(template, 'json')
  const bytes = Buffer.byteLength(json)
  // In YAML each line of a text is indented as far as its level.
  const lines = json.match(/\\n/g)?.length ?? 0
  const yamlMax = bytes + 2 * TOSCA_LIMITS.depthMax * lines
  return bytes > bytesMax || yamlMax <= bytesMax
    ? bytes
    : Math.max(bytes, Buffer.byteLength(exportTosca(template, 'yaml')))
}
