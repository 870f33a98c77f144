import { describe, expect, it } from 'vitest'
import { readDescriptor } from './descriptor-reader.ts'
import { descriptorText } from './descriptor-text.ts'

const ASSEMBLY = `name: assembly::a::1.0
description: 'with: everything'
properties: {p: {type: key, required: true, default: '007'}, o: {value: '\${m.x}', read-only: true}, v: {volatile: true}}
composition:
  n: {type: resource::r::1.0, quantity: '\${p}'}
  m: {type: resource::r::1.0, cluster: {minimum-nodes: 0, maximum-nodes: 3}, properties: {x: {value: ''}}}
references: {ref: {type: 'resource::r::^1.0', properties: {deploymentLocation: {value: here}}}}
relationships:
  r:
    source-capabilities: [ref, n.c]
    target-requirements: [m.r]
    source-state: Inactive
    target-state: Active
    target-state-modifier: post
    properties: {ip: {value: '\${source.x}'}}
    lifecycle: {Create: [target.op]}
operations: {op: {source-operation: n.op}}
metrics: {l: {source-metric: m.l}}
policies: {s: {type: policy::scale, metric: m.l, target: m, properties: {scaleIn_threshold: 3}}}
`
const RESOURCE = `name: resource::r::1.0
properties: {x: {read-only: true}}
private-properties: {s: {description: hidden}}
infrastructure: {Simulated: {}}
lifecycle: {Create: {drivers: {d: {selector: {infrastructure-type: [A, B]}, properties: {q: {value: 1}}}}}, Start: {}}
default-driver: {simulator: {}}
operations: {op: {description: does, properties: {a: {}}}}
metrics: {l: {type: metric::load, publication-period: 5}, h: {type: metric::integrity}}
policies: {heal: {type: policy::heal, metric: h, properties: {smoothing: 3}}}
queries: {FindReference: {}}
`

describe('descriptorText', () => {
  it.each([ASSEMBLY, RESOURCE])('is read back as it was', (text) => {
    const { descriptor } = readDescriptor(text)
    if (descriptor === undefined) throw new Error('no descriptor')
    const again = readDescriptor(descriptorText(descriptor))
    expect(again.findings).toEqual([])
    expect(again.descriptor).toEqual(descriptor)
  })
})
