/** A small service: a nested assembly, a cluster with a scale policy, a relationship, a resource with a heal policy. */
export const SAMPLE_RESOURCE = `
name: resource::box::1.0
description: A box
properties:
  size: { type: string, default: small }
  deploymentLocation: { type: string }
infrastructure: { Other: {} }
lifecycle:
  Create: {}
  Install: {}
  Configure: {}
  Start: {}
  Stop: {}
  Uninstall: {}
  Delete: {}
default-driver: { simulator: { selector: { infrastructure-type: ['*'] } } }
operations:
  connect: {}
  disconnect: {}
metrics:
  h_integrity: { type: 'metric::integrity', publication-period: 0 }
  h_load: { type: 'metric::load' }
policies:
  heal: { type: 'policy::heal', metric: h_integrity, properties: { smoothing: { value: 3 } } }
`

export const SAMPLE_INNER = `
name: assembly::inner::1.0
description: An inner part
properties:
  deploymentLocation: { type: string }
composition:
  C:
    type: resource::box::1.0
    properties: { deploymentLocation: { value: '\${deploymentLocation}' } }
`

export const SAMPLE_SERVICE = `
name: assembly::service::1.0
description: A service
properties:
  deploymentLocation: { type: string, required: true }
  size: { type: string, default: large }
composition:
  A:
    type: resource::box::1.0
    properties:
      deploymentLocation: { value: '\${deploymentLocation}' }
      size: { value: '\${size}' }
  B:
    type: resource::box::1.0
    cluster: { initial-quantity: 2, minimum-nodes: 1, maximum-nodes: 3 }
    properties: { deploymentLocation: { value: '\${deploymentLocation}' } }
  N:
    type: assembly::inner::1.0
    properties: { deploymentLocation: { value: '\${deploymentLocation}' } }
relationships:
  link:
    source-capabilities: [A.out]
    target-requirements: [B.in]
    source-state: Active
    target-state: Active
    properties: { peer: { value: '\${source.size}' } }
    lifecycle:
      Create: [target.connect]
      Cease: [target.disconnect]
`

export const SAMPLE_PROJECT = [
  {
    path: 'lmproject.yml',
    text: 'schema: 2.0\nname: demo\nversion: 1.0\ntype: Assembly\ncontains:\n  - name: compA\n    type: Resource\n    directory: compA\n',
  },
  {
    path: 'Descriptor/assembly.yml',
    text: "composition:\n  A:\n    type: '$lmctl:/contains:/compA:/descriptor_name'\n",
  },
  { path: 'Contains/compA/Definitions/lm/resource.yaml', text: 'description: a part\ninfrastructure: { Other: {} }\n' },
]
