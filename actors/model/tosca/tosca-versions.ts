/** The TOSCA Simple Profile in YAML: which of its versions are read. What changed between them is read in all of them. */
import { nearest } from '../spelling.ts'

export const TOSCA_VERSIONS = [
  'tosca_simple_yaml_1_0_0',
  'tosca_simple_yaml_1_0',
  'tosca_simple_yaml_1_1_0',
  'tosca_simple_yaml_1_1',
  'tosca_simple_yaml_1_2_0',
  'tosca_simple_yaml_1_2',
  'tosca_simple_yaml_1_3_0',
  'tosca_simple_yaml_1_3',
] as const

export const isToscaVersion = (text: string): boolean => TOSCA_VERSIONS.some((known) => known === text)

export function toscaVersionHint(written: string): string {
  const near = nearest(written, TOSCA_VERSIONS)
  return near === undefined ? `known here: ${TOSCA_VERSIONS.join(', ')}` : `did you mean '${near}'?`
}
