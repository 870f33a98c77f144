/** What was read has to be readable again once it is written out: without aliases and short forms it may be much larger. */
import type { Reading } from '../reading.ts'
import type { ServiceTemplate } from './service-template.ts'
import { writtenTemplate } from './template-export.ts'
import { TOSCA_LIMITS } from './tosca-text.ts'

export function checkExport(template: ServiceTemplate, reading: Reading): void {
  const fault = exportFault(template)
  if (fault === undefined) return
  const message = `written out without aliases and short forms, it would be too large to be read again: ${fault}`
  reading.error([], { code: 'too-large', message, hint: 'make several templates of it' })
}

function exportFault(template: ServiceTemplate): string | undefined {
  const { bytesMax, valuesMax, depthMax } = TOSCA_LIMITS
  const written = writtenTemplate(template)
  const { values, height } = extentOf(written)
  if (values > valuesMax) return `${values} values, ${valuesMax} are allowed`
  if (height > depthMax + 1) return `more than ${depthMax} levels inside each other`
  const bytes = Buffer.byteLength(JSON.stringify(written)) + 1
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
