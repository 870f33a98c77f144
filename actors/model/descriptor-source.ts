import type { Descriptor } from './descriptor.ts'

/** Where descriptors are looked up: the catalogue, or those at hand. */
export interface DescriptorSource {
  /** The descriptor of this name as it was onboarded. */
  find(name: string): Descriptor | undefined
  /** All names, to find the one that was meant. */
  names(): Iterable<string>
}

/** A source of the descriptors at hand. */
export function sourceOf(descriptors: Iterable<Descriptor>): DescriptorSource {
  const byName = new Map([...descriptors].map((descriptor) => [descriptor.name, descriptor]))
  return { find: (name) => byName.get(name), names: () => byName.keys() }
}
