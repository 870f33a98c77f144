/** The service that is ordered while its node is killed: nested, with a cluster, a relationship and policies. */

/** Transitions that each resource type declares. */
export const DECLARED: Readonly<Record<string, readonly string[]>> = {
  'resource::net::1.0': ['Create', 'Install', 'Delete'],
  'resource::server::1.0': ['Create', 'Install', 'Configure', 'Start', 'Integrity', 'Stop', 'Uninstall', 'Delete'],
}
export const SERVICE = 'assembly::service::1.0'
export const INITIAL_MEMBERS = 2
export const MEMBERS_MIN = 1
export const MEMBERS_MAX = 4
export const CLUSTER = 'pool'
export const SCALE_POLICY_NAME = 'size'
export const LOCATION = 'here'

const lifecycle = (type: string): string => (DECLARED[type] ?? []).map((name) => `  ${name}: {}\n`).join('')

const NET = `
name: resource::net::1.0
properties:
  netId: {type: string, read-only: true}
lifecycle:
${lifecycle('resource::net::1.0')}
default-driver: {simulator: {selector: {infrastructure-type: ['*']}}}
`
const SERVER = `
name: resource::server::1.0
properties:
  netId: {type: string}
  sim_fail: {type: string, default: none}
  sim_silent: {type: string, default: none}
  address: {type: string, read-only: true}
lifecycle:
${lifecycle('resource::server::1.0')}
default-driver: {simulator: {selector: {infrastructure-type: ['*']}}}
operations:
  addPeer: {properties: {peer: {type: string}}}
  removePeer: {properties: {peer: {type: string}}}
metrics:
  alive: {type: 'metric::integrity', publication-period: '0'}
  load: {type: 'metric::load', publication-period: '0'}
policies:
  heal: {type: 'policy::heal', metric: alive, properties: {smoothing: {value: '2'}}}
`
const EDGE = `
name: assembly::edge::1.0
properties:
  netId: {type: string}
composition:
  box:
    type: resource::server::1.0
    properties: {netId: {value: '\${netId}'}}
`
const TOP = `
name: ${SERVICE}
properties:
  deploymentLocation: {type: string, default: ${LOCATION}}
  resourceManager: {type: string, default: brent}
  fail: {type: string, default: none}
  silent: {type: string, default: none}
composition:
  net:
    type: resource::net::1.0
  edge:
    type: assembly::edge::1.0
    properties: {netId: {value: '\${net.netId}'}}
  control:
    type: resource::server::1.0
    properties:
      netId: {value: '\${net.netId}'}
      sim_fail: {value: '\${fail}'}
      sim_silent: {value: '\${silent}'}
  pool:
    type: resource::server::1.0
    cluster:
      initial-quantity: '${INITIAL_MEMBERS}'
      minimum-nodes: '${MEMBERS_MIN}'
      maximum-nodes: '${MEMBERS_MAX}'
      scaling-increment: '1'
    properties: {netId: {value: '\${net.netId}'}}
relationships:
  serves:
    source-capabilities: [pool.service]
    target-requirements: [control.members]
    source-state: Active
    target-state: Active
    source-state-modifier: post
    target-state-modifier: post
    properties: {peer: {value: '\${source.address}'}}
    lifecycle: {Create: [target.addPeer], Cease: [target.removePeer]}
policies:
  ${SCALE_POLICY_NAME}:
    type: policy::scale
    metric: pool.load
    target: ${CLUSTER}
    properties: {scaleOut_threshold: {value: '80'}, scaleIn_threshold: {value: '10'}, smoothing: {value: '2'}}
`

/** In the order in which they can be onboarded. */
export const DESCRIPTORS: readonly string[] = [NET, SERVER, EDGE, TOP]

/** Takes a while, answers late and twice. */
export const LOCATION_PROPERTIES = { sim_delay_ms: '2..60', sim_late_ms: '0..20', sim_repeat: 2 }

/** What an order of the service may say, and what comes of it. */
export const QUIRKS = {
  none: {},
  /** Attempts that fail; then it works. */
  retries: { fail: 'Start:1,Integrity:1,Install:2' },
  /** The first process that configures it fails. */
  fails: { fail: 'Configure:3' },
  /** Work that is done and not answered: it is asked for again. */
  silent: { silent: 'Install:1,Stop:1' },
} as const satisfies Record<string, Readonly<Record<string, string>>>
