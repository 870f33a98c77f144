/** What this process takes of its machine. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Load } from '../actors/service-instance/protocol.ts'
import type { Clock } from '../runtime/ports.ts'

/** Often enough to notice what holds up a request, and seldom enough to cost nothing. */
const RESOLUTION_MS = 20
const NS_PER_MS = 1e6

export type ProcessFigures = Pick<Load, 'eventLoopDelayMs' | 'rssBytes' | 'cpuFraction'>

export interface ProcessLoad {
  /** Since the last call. */
  sample(): ProcessFigures
  close(): void
}

export const measureProcessLoad = (clock: Clock): ProcessLoad => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let cpu = process.cpuUsage()
  let atMs = clock.now()
  return {
    sample: () => {
      const used = process.cpuUsage(cpu)
      const elapsedMs = clock.now() - atMs
      // The histogram holds the time between two looks, of which the resolution itself is no delay.
      const longestMs = delay.count > 0 ? delay.max / NS_PER_MS - RESOLUTION_MS : 0
      cpu = process.cpuUsage()
      atMs = clock.now()
      delay.reset()
      return {
        eventLoopDelayMs: rounded(Math.max(0, longestMs), 10),
        rssBytes: process.memoryUsage.rss(),
        cpuFraction: elapsedMs > 0 ? rounded((used.user + used.system) / 1000 / elapsedMs, 1000) : 0,
      }
    },
    close: () => delay.disable(),
  }
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts
