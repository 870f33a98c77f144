/** Settings that change while a node runs: an object that its users read each time, and that a configuration writes. */
import { type ConfigurableService, type ConfiguredSettings, readConfiguration } from '../actors/service/configurable.ts'
import type { ApplyConfiguration } from './service-configuration.ts'

export interface LiveSettings<Values> {
  /** The same object for good: what it says now. */
  readonly values: Values
  readonly apply: ApplyConfiguration
}

/** `atStart`: what holds for whatever isn't configured. */
export const liveSettings = <Service extends ConfigurableService, Values extends ConfiguredSettings<Service>>(
  service: Service,
  atStart: Values,
): LiveSettings<Values> => {
  const values = { ...atStart }
  return {
    values,
    apply: (configuration) => {
      const { settings, problems } = readConfiguration(service, configuration.values)
      Object.assign(values, atStart, settings)
      return problems.map(({ key, problem }) => `${key}: ${problem}`)
    },
  }
}
