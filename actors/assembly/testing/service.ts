/** A small service with all that there is: nesting, a cluster, a relationship, a heal and two scale policies. */
import type { Descriptor, DescriptorSet } from '../../model/descriptor.ts'
import { readDescriptor } from '../../model/descriptor-reader.ts'

const NETWORK = `
name: resource::network::1.0
properties: {cidr: {type: string}, netId: {type: string, read-only: true}}
private-properties: {secret: {type: string, default: hidden}}
lifecycle: {Create: {}, Install: {}, Delete: {}}
default-driver: {sim: {selector: {infrastructure-type: ['*']}}}
`
const SERVER = `
name: resource::server::1.0
properties:
  netId: {type: string}
  address: {type: string, read-only: true}
lifecycle: {Create: {}, Install: {}, Configure: {}, Start: {}, Integrity: {}, Stop: {}, Uninstall: {}, Delete: {}}
default-driver: {sim: {selector: {infrastructure-type: ['*']}}}
operations:
  addPeer: {properties: {peer: {type: string}}}
  removePeer: {properties: {peer: {type: string}}}
metrics:
  alive: {type: 'metric::integrity', publication-period: '60'}
  load: {type: 'metric::load'}
policies:
  heal: {type: 'policy::heal', metric: alive, properties: {smoothing: {value: '3'}}}
`
const EDGE = `
name: assembly::edge::1.0
properties:
  netId: {type: string}
  address: {read-only: true, value: '\${box.address}'}
composition:
  box:
    type: resource::server::1.0
    properties: {netId: {value: '\${netId}'}}
metrics:
  edgeLoad: {source-metric: box.load}
`
const SERVICE = `
name: assembly::service::1.0
properties:
  deploymentLocation: {type: string, default: here}
  resourceManager: {type: string, default: brent}
  limit: {type: string, default: '80'}
composition:
  net:
    type: resource::network::1.0
    properties: {cidr: {value: 10.0.0.0/8}}
  edge:
    type: assembly::edge::1.0
    properties: {netId: {value: '\${net.netId}'}}
  pool:
    type: resource::server::1.0
    cluster: {initial-quantity: '1', minimum-nodes: '1', maximum-nodes: '3', scaling-increment: '1'}
    properties: {netId: {value: '\${net.netId}'}}
relationships:
  peering:
    source-capabilities: [pool.peer]
    target-requirements: [edge.peers]
    source-state: Active
    target-state: Active
    source-state-modifier: post
    target-state-modifier: post
    properties: {peer: {value: '\${source.address}'}}
    lifecycle: {Create: [source.addPeer], Cease: [source.removePeer]}
policies:
  poolSize:
    type: policy::scale
    metric: pool.load
    target: pool
    properties: {scaleOut_threshold: {value: '\${limit}'}, scaleIn_threshold: {value: '10'}, smoothing: {value: '2'}}
`

const read = (text: string): Descriptor => {
  const { descriptor, findings } = readDescriptor(text)
  if (!descriptor) throw new Error(JSON.stringify(findings, null, 1))
  return descriptor
}

export const serviceDescriptors = (): DescriptorSet =>
  Object.fromEntries([NETWORK, SERVER, EDGE, SERVICE].map(read).map((descriptor) => [descriptor.name, descriptor]))
