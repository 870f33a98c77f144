import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_WORKER_CONFIG } from './config.ts'
import { DRIVER_WORKERS_GROUP, DriverRefusal, type DriverRequest } from './protocol.ts'
import { sampleLocation, sampleRequest } from './testing/sample-requests.ts'
import type { DriverWorker } from './worker.ts'
import { strayBytes, workerBench, type WorkerBench } from './testing/worker-bench.ts'

/** Lets the n-th call of a request behave otherwise than the next ones. */
const failingFirst = (bench: WorkerBench, failures: number, error: () => Error): void => {
  const seen = new Map<string, number>()
  bench.answer = async ({ requestId }) => {
    const before = seen.get(requestId) ?? 0
    seen.set(requestId, before + 1)
    if (before < failures) throw error()
  }
}
/** Closing may wait by the clock, which only the test moves. */
const ended = async (bench: WorkerBench, worker: DriverWorker, withinMs?: number): Promise<void> => {
  let isClosed = false
  void worker.close().then(() => (isClosed = true))
  await bench.clock.until(() => isClosed, withinMs)
}
const never = (): Promise<void> => new Promise(() => undefined)

describe('the driver worker', () => {
  it('brings each request to its driver, and stores how far it is', async () => {
    const bench = await workerBench()
    const worker = await bench.start()
    await bench.publish({ requestId: 'a' }, 0)
    await bench.publish({ requestId: 'b' }, 1)
    await bench.publish({ requestId: 'c', drivers: { other: ['Lab'], scripted: ['*'] } }, 1)
    await bench.clock.until(() => worker.stats().taken === 3)
    expect(bench.calls.toSorted()).toEqual(['a', 'b', 'c'])
    await bench.clock.advance(1_000)
    await ended(bench, worker)
    expect([await bench.committed(0), await bench.committed(1)]).toEqual([1, 2])
    expect(bench.told).toEqual([])
  })

  it('names the order to the driver', async () => {
    const bench = await workerBench()
    const traces: unknown[] = []
    bench.answer = async (_request, trace) => void traces.push(trace)
    const worker = await bench.start()
    await bench.publish({ requestId: 'a' })
    await bench.clock.until(() => worker.stats().taken === 1)
    expect(traces).toEqual(['order-1'])
    await ended(bench, worker)
  })

  it('tells the resource what a driver refuses', async () => {
    const bench = await workerBench()
    bench.answer = async () => Promise.reject(new DriverRefusal('INSUFFICIENT_CAPACITY', 'the lab is full'))
    const worker = await bench.start()
    await bench.publish({ requestId: 'a', resourceId: 'r' })
    await bench.clock.until(() => bench.told.length > 0)
    expect(bench.told).toEqual([
      {
        report: {
          requestId: 'a',
          resourceId: 'r',
          status: 'FAILED',
          outputs: {},
          failure: { code: 'INSUFFICIENT_CAPACITY', description: 'the lab is full' },
          associatedTopology: {},
        },
        sender: 'driver-worker',
        trace: 'order-1',
      },
    ])
    expect(worker.stats()).toMatchObject({ taken: 0, refused: 1 })
    await ended(bench, worker)
  })

  it.each([
    ['an unknown location', sampleRequest({ deploymentLocation: 'nowhere' }), "'nowhere' isn't known"],
    ['no driver', sampleRequest({ drivers: { helm: ['Lab'] } }), "'helm' runs here"],
    [
      'a request of a wrong shape',
      { requestId: 'request-1', resourceId: 'resource-1', transition: 7 },
      "isn't understood",
    ],
  ])('reports %s as a failure', async (_what, message, text) => {
    const bench = await workerBench()
    const worker = await bench.start()
    await bench.publishMessage(message)
    await bench.clock.until(() => bench.told.length > 0)
    expect(bench.told[0]?.report).toMatchObject({ requestId: 'request-1', resourceId: 'resource-1', status: 'FAILED' })
    expect(bench.told[0]?.report.failure?.description).toContain(text)
    expect(bench.calls).toEqual([])
    await ended(bench, worker)
  })

  it('counts what it can not even answer, and goes on', async () => {
    const bench = await workerBench()
    const worker = await bench.start()
    await bench.publishRaw(new Uint8Array([1, 0xc1]))
    await bench.publishRaw(strayBytes())
    await bench.publishMessage('hello')
    await bench.publish({ requestId: 'good' })
    await bench.clock.until(() => worker.stats().taken === 1)
    expect(worker.stats()).toMatchObject({ undecodable: 3, refused: 0 })
    expect(bench.warnings).toHaveLength(3)
    await ended(bench, worker)
    expect(await bench.committed(0)).toBe(4)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws at once',
      () => {
        throw new Error('a fault in the driver')
      },
    ],
    ['never answers', never],
  ])('tries again while a driver %s, until the deadline', async (_how, answer: () => Promise<void>) => {
    const bench = await workerBench()
    bench.answer = answer
    const worker = await bench.start({ config: { callTimeoutMs: 1_000, retry: { firstMs: 100, longestMs: 2_000 } } })
    await bench.publish({ requestId: 'a' })
    await bench.clock.until(() => worker.stats().expired === 1, 61_000)
    expect(bench.calls.length).toBeGreaterThan(10)
    expect(bench.told).toEqual([])
    await ended(bench, worker)
    expect(await bench.committed(0)).toBe(1)
  })

  it('gets through after temporary errors of the driver, of the look-up and of the runtime', async () => {
    const bench = await workerBench()
    failingFirst(bench, 3, () => new Error('busy'))
    let lookUps = 0
    const worker = await bench.start({
      locate: async () => {
        if (lookUps++ < 2) throw new Error('no store')
        return sampleLocation({ type: 'Lab' })
      },
    })
    await bench.publish({ requestId: 'a' })
    await bench.clock.until(() => worker.stats().taken === 1)
    bench.answer = async () => Promise.reject(new DriverRefusal('INTERNAL_ERROR', 'no'))
    bench.rejectTells = 3
    await bench.publish({ requestId: 'b' })
    await bench.clock.until(() => bench.told.length === 1)
    expect(worker.stats().retried).toBe(8)
    await ended(bench, worker)
  })

  it('drops a request whose deadline has passed before it is read', async () => {
    const bench = await workerBench()
    const worker = await bench.start()
    await bench.publish({ requestId: 'old', deadlineMs: bench.clock.now() - 1 })
    await bench.clock.until(() => worker.stats().expired === 1)
    expect(bench.calls).toEqual([])
    await ended(bench, worker)
  })

  it('lets no slow driver hold up another one', async () => {
    const bench = await workerBench()
    bench.answer = ({ requestId }) => (requestId.startsWith('slow') ? never() : Promise.resolve())
    const worker = await bench.start({ config: { callsPerDriverMax: 2, callTimeoutMs: 600_000 } })
    for (let index = 0; index < 20; index++) await bench.publish({ requestId: `slow-${index}` })
    for (let index = 0; index < 20; index++)
      await bench.publish({ requestId: `fast-${index}`, drivers: { other: ['*'] } })
    await bench.clock.until(() => worker.stats().taken === 20)
    expect(bench.calls.filter((id) => id.startsWith('slow'))).toHaveLength(2)
    expect(await bench.committed(0)).toBe(0)
    await ended(bench, worker)
  })

  it('goes by limits that change while it runs', async () => {
    const bench = await workerBench()
    const release: (() => void)[] = []
    bench.answer = () => new Promise((resolve) => release.push(resolve))
    const limits = { ...DEFAULT_WORKER_CONFIG, callTimeoutMs: 600_000, simulatedResourceManagers: new Set<string>() }
    limits.callsPerDriverMax = 1
    const worker = await bench.start({ limits })
    for (let index = 0; index < 6; index++) await bench.publish({ requestId: `${index}` })
    await bench.clock.until(() => bench.calls.length === 1)
    Object.assign(limits, { callsPerDriverMax: 3 })
    release.shift()?.()
    await bench.clock.until(() => bench.calls.length === 4)
    Object.assign(limits, { inFlightMax: 5 })
    for (let index = 6; index < 12; index++) await bench.publish({ requestId: `${index}` })
    await bench.clock.until(() => worker.stats().inFlight === 5)
    while (worker.stats().taken < 12) {
      release.shift()?.()
      await bench.clock.advance(10)
      expect(worker.stats().inFlight).toBeLessThanOrEqual(6)
    }
    await ended(bench, worker)
  })

  it('stops reading when too much is in flight', async () => {
    const bench = await workerBench()
    const release: (() => void)[] = []
    bench.answer = () => new Promise((resolve) => release.push(resolve))
    const config = { inFlightMax: 3, readBatchMax: 2, callTimeoutMs: 600_000 }
    const worker = await bench.start({ config })
    for (let index = 0; index < 12; index++) await bench.publish({ requestId: `${index}` }, index % 2)
    await bench.clock.until(() => bench.calls.length === 3)
    await bench.clock.advance(5_000)
    expect(bench.calls).toHaveLength(3)
    expect(worker.stats().inFlight).toBe(3)
    while (worker.stats().taken < 12) {
      release.shift()?.()
      await bench.clock.advance(10)
      expect(worker.stats().inFlight).toBeLessThanOrEqual(3)
    }
    await ended(bench, worker)
  })

  it('pauses reading behind a request that takes too long, so that little is repeated after a crash', async () => {
    const bench = await workerBench()
    bench.answer = ({ requestId }) => (requestId === '0' ? never() : Promise.resolve())
    const worker = await bench.start({ config: { spanMax: 5, callTimeoutMs: 30_000 } })
    for (let index = 0; index < 20; index++) await bench.publish({ requestId: `${index}` })
    await bench.clock.advance(5_000)
    expect(bench.calls).toHaveLength(5)
    bench.answer = () => Promise.resolve()
    await bench.clock.until(() => worker.stats().taken === 20)
    await ended(bench, worker)
  })

  it('follows its assignment, and leaves the position of a lost partition alone', async () => {
    const bench = await workerBench()
    const gate: (() => void)[] = []
    bench.answer = () => new Promise((resolve) => gate.push(resolve))
    const worker = await bench.start({ config: { callTimeoutMs: 600_000 } }, 'one')
    await bench.publish({ requestId: 'a' }, 0)
    await bench.clock.until(() => bench.calls.length === 1)
    bench.broker.assign(DRIVER_WORKERS_GROUP, 'one', [1])
    await bench.clock.until(() => worker.stats().partitions.join() === '1')
    gate.shift()?.()
    await bench.publish({ requestId: 'b' }, 0)
    await bench.publish({ requestId: 'c' }, 1)
    await bench.clock.until(() => bench.calls.length === 2)
    gate.shift()?.()
    await bench.clock.advance(1_000)
    expect(bench.calls).toEqual(['a', 'c'])
    bench.broker.assign(DRIVER_WORKERS_GROUP, 'one', [0, 1])
    bench.answer = () => Promise.resolve()
    await bench.clock.until(() => worker.stats().taken === 4)
    // The one that was under way when the partition was lost is repeated: its position wasn't this worker's to store.
    expect(bench.calls).toEqual(['a', 'c', 'a', 'b'])
    await ended(bench, worker)
  })

  it('finishes the calls under way when it is closed, and leaves the rest to the next worker', async () => {
    const bench = await workerBench(1)
    const gate: (() => void)[] = []
    bench.answer = () => new Promise((resolve) => gate.push(resolve))
    const worker = await bench.start({ config: { callsPerDriverMax: 2, callTimeoutMs: 600_000 } })
    for (const requestId of ['a', 'b', 'c', 'd']) await bench.publish({ requestId })
    await bench.clock.until(() => bench.calls.length === 2)
    const closed = worker.close()
    await bench.clock.advance(10)
    for (const open of gate) open()
    await closed
    expect(worker.stats()).toMatchObject({ taken: 2, partitions: [] })
    bench.answer = () => Promise.resolve()
    const next = await bench.start()
    await bench.clock.until(() => next.stats().taken === 2)
    expect(bench.calls).toEqual(['a', 'b', 'c', 'd'])
    await ended(bench, next)
  })

  it('does not wait longer than its deadline for a driver that never answers', async () => {
    const bench = await workerBench()
    bench.answer = never
    const worker = await bench.start({ config: { drainTimeoutMs: 1_000, callTimeoutMs: 600_000 } })
    await bench.publish({ requestId: 'a' })
    await bench.clock.until(() => bench.calls.length === 1)
    await ended(bench, worker, 5_000)
    expect(await bench.committed(0)).toBe(0)
  })

  it('loses no request, whatever fails and whenever workers end', async () => {
    const outcome = fc.constantFrom('ok', 'ok', 'fail-once', 'fail-twice', 'slow', 'refuse')
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat(300), { maxLength: 4 }),
        async (outcomes, endings) => {
          const bench = await workerBench(3)
          const done = new Set<string>()
          const calls = new Map<string, number>()
          bench.answer = async ({ requestId }: DriverRequest) => {
            const times = (calls.get(requestId) ?? 0) + 1
            calls.set(requestId, times)
            const scripted = outcomes[Number(requestId)]
            if (scripted === 'refuse') throw new DriverRefusal('UNKNOWN', 'no')
            if (scripted === 'fail-once' && times < 2) throw new Error('once')
            if (scripted === 'fail-twice' && times < 3) throw new Error('twice')
            if (scripted === 'slow') await new Promise<void>((resolve) => bench.clock.schedule(150, resolve))
            done.add(requestId)
          }
          const config = { inFlightMax: 4, callsPerDriverMax: 2, readBatchMax: 3 }
          for (const [index] of outcomes.entries())
            await bench.publish({ requestId: `${index}`, deadlineMs: bench.clock.now() + 3_600_000 }, index % 3)
          let worker = await bench.start({ config })
          for (const afterMs of endings) {
            await bench.clock.advance(afterMs)
            await ended(bench, worker)
            worker = await bench.start({ config })
          }
          const settled = (): boolean => {
            const refused = new Set(bench.told.map(({ report }) => report.requestId))
            return done.size + refused.size === outcomes.length
          }
          await bench.clock.until(settled, 600_000)
          for (const { report } of bench.told) expect(outcomes[Number(report.requestId)]).toBe('refuse')
          await ended(bench, worker)
          const committed = await Promise.all([0, 1, 2].map((partition) => bench.committed(partition)))
          expect(committed.reduce((sum, position) => sum + position, 0)).toBe(outcomes.length)
        },
      ),
      { numRuns: 30 },
    )
  }, 30_000)
})
