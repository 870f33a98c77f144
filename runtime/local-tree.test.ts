import { afterEach, expect, it } from 'vitest'
import { LocalTree, type Worker } from './local-tree.ts'
import { systemClock } from './system-clock.ts'
import { until } from './testing/until.ts'

const policy = { restartsMax: 3, restartWindowMs: 10_000, restartPauseMs: 60, retryFirstMs: 2, retryLongestMs: 10 }
const trees: LocalTree[] = []
afterEach(() => trees.splice(0).forEach((tree) => tree.abandon()))

const plant = () => {
  const crashes: string[] = []
  const tree = new LocalTree({
    name: 'node',
    clock: systemClock,
    policy,
    onCrash: (worker, error) => crashes.push(`${worker}: ${(error as Error).message}`),
  })
  trees.push(tree)
  return { tree, crashes }
}

/** Crashes on its first starts, then works until it is stopped. */
const crashing = (times: number): { readonly make: () => Worker; readonly starts: () => number } => {
  let starts = 0
  return {
    starts: () => starts,
    make: () => {
      let end: () => void = () => undefined
      const crashesNow = ++starts <= times
      return {
        run: () =>
          crashesNow ? Promise.reject(new Error(`crash ${starts}`)) : new Promise((resolve) => (end = resolve)),
        stop: () => end(),
      }
    },
  }
}

it('starts a crashed worker again, and leaves its siblings alone', async () => {
  const { tree, crashes } = plant()
  const steady = crashing(0)
  const shaky = crashing(2)
  tree.supervise('steady', steady.make)
  const supervised = tree.supervise('shaky', shaky.make)
  await until(() => shaky.starts() === 3 && supervised.status.state === 'running')
  expect(crashes).toEqual(['shaky: crash 1', 'shaky: crash 2'])
  expect(supervised.status).toMatchObject({ restarts: 2, lastError: 'crash 2' })
  expect(steady.starts()).toBe(1)
})

it('lets one that crashes too often rest, and tries again afterwards', async () => {
  const { tree } = plant()
  const shaky = crashing(5)
  const supervised = tree.supervise('shaky', shaky.make)
  await until(() => supervised.status.state === 'resting')
  expect(shaky.starts()).toBe(4)
  await until(() => shaky.starts() === 6 && supervised.status.state === 'running')
})

it('stops a worker, also one that is between two starts', async () => {
  const { tree } = plant()
  const steady = crashing(0)
  const hopeless = crashing(Infinity)
  const first = tree.supervise('steady', steady.make)
  const second = tree.supervise('hopeless', hopeless.make)
  await until(() => second.status.state === 'resting')
  await Promise.all([first.stop(), second.stop()])
  const starts = hopeless.starts()
  expect(tree.statuses()).toEqual([])
  await new Promise((resolve) => systemClock.schedule(policy.restartPauseMs * 2, () => resolve(undefined)))
  expect(hopeless.starts()).toBe(starts)
})

it('survives a worker whose start throws', async () => {
  const { tree, crashes } = plant()
  let starts = 0
  const supervised = tree.supervise('odd', () => {
    if (++starts === 1) throw new Error('no start')
    return crashing(0).make()
  })
  await until(() => starts === 2 && supervised.status.state === 'running')
  expect(crashes).toEqual(['odd: no start'])
})
