/** What is ordered: an assembly of VNFCs that don't depend on each other, each with the usual lifecycle. */

export const LOCATION = 'bench'
export const ASSEMBLY_TYPE = 'assembly::bench::1.0'
/** What a driver is asked for to bring one VNFC to Active. */
export const TRANSITIONS = ['Create', 'Install', 'Configure', 'Start'] as const

export const VNFC = `
name: resource::bench-vnfc::1.0
description: A VNFC
properties:
  deploymentLocation: { type: string }
  image: { type: string, default: bench-1.0 }
  flavour: { type: string }
infrastructure: { Other: {} }
lifecycle:
${[...TRANSITIONS, 'Stop', 'Uninstall', 'Delete'].map((name) => `  ${name}: {}`).join('\n')}
default-driver: { simulator: { selector: { infrastructure-type: ['*'] } } }
`

export const assemblyOf = (vnfcs: number): string => `
name: ${ASSEMBLY_TYPE}
description: A service of ${vnfcs} VNFCs
properties:
  deploymentLocation: { type: string, required: true }
  flavour: { type: string, default: small }
composition:
${Array.from(
  { length: vnfcs },
  (_, index) => `  C${index + 1}:
    type: resource::bench-vnfc::1.0
    properties:
      deploymentLocation: { value: '\${deploymentLocation}' }
      flavour: { value: '\${flavour}' }`,
).join('\n')}
`
