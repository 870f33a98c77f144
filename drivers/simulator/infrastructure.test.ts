import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DriverRefusal } from '../protocol.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { simulatorBench, type SimulatorBench } from '../testing/simulator-bench.ts'
import { infrastructureFile, readJournal } from './infrastructure-file.ts'
import { memoryInfrastructure } from './infrastructure-store.ts'

const inMemory = (): SimulatorBench => simulatorBench(() => memoryInfrastructure())

const filePath = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-infrastructure-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'infrastructure.sqlite')
}

const transitionsOf = (bench: SimulatorBench): string[] =>
  bench.infrastructure.journal().map((entry) => entry.transition)

describe('the simulated infrastructure', () => {
  it('carries a resource through its whole life, and keeps nothing of it', async () => {
    const bench = inMemory()
    const life = ['Create', 'Install', 'Configure', 'Start', 'Integrity', 'Stop', 'Uninstall', 'Delete']
    for (const transition of life) expect(await bench.outcome(transition)).toBe('COMPLETE')
    expect(transitionsOf(bench)).toEqual(life)
    expect(bench.infrastructure.objects()).toEqual([])
  })

  it('fails what comes in the wrong order, and does none of it', async () => {
    const bench = inMemory()
    expect(await bench.outcome('Start')).toBe('RESOURCE_NOT_FOUND')
    expect(await bench.outcome('Create')).toBe('COMPLETE')
    expect(await bench.outcome('Create')).toBe('RESOURCE_ALREADY_EXISTS')
    expect(await bench.outcome('Start')).toBe('INFRASTRUCTURE_ERROR')
    expect(transitionsOf(bench)).toEqual(['Create'])
  })

  it('fails what comes too early, even if its delay would make it late enough', async () => {
    const bench = inMemory()
    const slow = await bench.ask('Create', { resourceProperties: { sim_delay_ms: '100' } })
    expect(await bench.outcome('Install', { resourceProperties: { sim_delay_ms: '500' } })).toBe('RESOURCE_NOT_FOUND')
    expect(bench.reportsOf(slow)[0]?.status).toBe('COMPLETE')
  })

  it('gives outputs with the transition that makes the resource: plausible ones, and those of the script', async () => {
    const bench = inMemory()
    const given = { outputNames: ['mgmtIp', 'port'], resourceProperties: { sim_output_port: '5060' } }
    const requestId = await bench.ask('Create', given)
    expect(bench.reportsOf(requestId)[0]?.outputs).toEqual({
      mgmtIp: expect.stringMatching(/^10\./) as string,
      port: '5060',
    })
    const next = await bench.ask('Install', { ...given, declaredTransitions: ['Install'] })
    expect(bench.reportsOf(next)[0]?.outputs['mgmtIp']).toBe(bench.reportsOf(requestId)[0]?.outputs['mgmtIp'])
    expect(bench.reportsOf(await bench.ask('Configure', given))[0]?.outputs).toEqual({})
  })

  it('names the objects it makes, and takes the name back', async () => {
    const bench = inMemory()
    const created = await bench.ask('Create')
    expect(bench.reportsOf(created)[0]?.associatedTopology).toEqual({
      voice__gateway: { id: 'sim-resource-1', type: 'Simulated' },
    })
    const deleted = await bench.ask('Delete')
    expect(bench.reportsOf(deleted)[0]?.associatedTopology).toEqual({ voice__gateway: null })
  })

  it('fails the first attempts, then not any more', async () => {
    const bench = inMemory()
    const given = { resourceProperties: { sim_fail: 'Create:2=INSUFFICIENT_CAPACITY' } }
    expect(await bench.outcome('Create', given)).toBe('INSUFFICIENT_CAPACITY')
    expect(await bench.outcome('Create', given)).toBe('INSUFFICIENT_CAPACITY')
    expect(await bench.outcome('Create', given)).toBe('COMPLETE')
    expect(transitionsOf(bench)).toEqual(['Create'])
  })

  it('lets what has failed be taken down', async () => {
    const bench = inMemory()
    expect(await bench.outcome('Create', { resourceProperties: { sim_fail: 'Create:always' } })).toBe(
      'INFRASTRUCTURE_ERROR',
    )
    expect(await bench.outcome('Delete')).toBe('COMPLETE')
    expect(transitionsOf(bench)).toEqual([])
  })

  it('lets what could not be stopped be taken down, also after it was told to let go of others', async () => {
    const bench = inMemory()
    for (const transition of ['Create', 'Install', 'Configure', 'Start']) await bench.outcome(transition)
    const given = { resourceProperties: { sim_fail: 'Stop:always' } }
    expect(await bench.outcome('Stop', given)).toBe('INFRASTRUCTURE_ERROR')
    expect(await bench.outcome('removePeer', given)).toBe('COMPLETE')
    expect(await bench.outcome('Delete', given)).toBe('COMPLETE')
  })

  it('finds by a failing smoke test that it does not run', async () => {
    const bench = inMemory()
    for (const transition of ['Create', 'Install', 'Configure', 'Start']) await bench.outcome(transition)
    expect(await bench.outcome('Integrity', { resourceProperties: { sim_fail: 'Integrity' } })).toBe(
      'INFRASTRUCTURE_ERROR',
    )
    expect(await bench.outcome('Start')).toBe('COMPLETE')
    expect(await bench.outcome('Integrity', { resourceProperties: { sim_fail: 'Integrity' } })).toBe('COMPLETE')
  })

  it('finds by another smoke test that it runs after all', async () => {
    const bench = inMemory()
    for (const transition of ['Create', 'Install', 'Configure', 'Start']) await bench.outcome(transition)
    const given = { resourceProperties: { sim_fail: 'Integrity' } }
    expect(await bench.outcome('Integrity', given)).toBe('INFRASTRUCTURE_ERROR')
    expect(await bench.outcome('Integrity', given)).toBe('COMPLETE')
    expect(await bench.outcome('Stop')).toBe('COMPLETE')
  })

  it('does the work and keeps silent about it, until it was asked often enough', async () => {
    const bench = inMemory()
    const given = { requestId: 'same', resourceProperties: { sim_silent: 'Create:2' } }
    await bench.ask('Create', given)
    await bench.ask('Create', given)
    await bench.clock.advance(60_000)
    expect(bench.reports).toEqual([])
    await bench.ask('Create', given)
    expect(bench.reportsOf('same')).toHaveLength(1)
    expect(transitionsOf(bench)).toEqual(['Create'])
  })

  it('takes a second try for done where the first was never answered in time', async () => {
    const bench = inMemory()
    const deadlineMs = bench.clock.now() + 1_000
    const late = await bench.ask('Create', { deadlineMs, resourceProperties: { sim_late_ms: '5000' } })
    await bench.clock.advance(2_000)
    expect(await bench.outcome('Create')).toBe('COMPLETE')
    await bench.clock.until(() => bench.reportsOf(late).length > 0)
    expect(transitionsOf(bench)).toEqual(['Create'])
  })

  it('answers as often as it is told to', async () => {
    const bench = inMemory()
    const requestId = await bench.ask('Create', {}, { properties: { sim_repeat: 3 } })
    await bench.clock.advance(10)
    expect(bench.reportsOf(requestId)).toHaveLength(3)
  })

  it('refuses, and refuses a repetition too, but not the next request', async () => {
    const bench = inMemory()
    const given = { requestId: 'first', resourceProperties: { sim_refuse: 'Create=INSUFFICIENT_CAPACITY' } }
    await expect(bench.ask('Create', given)).rejects.toThrow(DriverRefusal)
    await expect(bench.ask('Create', given)).rejects.toMatchObject({ code: 'INSUFFICIENT_CAPACITY' })
    expect(await bench.outcome('Create', { ...given, requestId: 'second' })).toBe('COMPLETE')
  })

  it('loses an object on demand, so that stopping it fails and it can be made anew', async () => {
    const bench = inMemory()
    for (const transition of ['Create', 'Install', 'Configure', 'Start']) await bench.outcome(transition)
    expect(await bench.infrastructure.vanish('resource-1')).toBe(true)
    expect(await bench.infrastructure.vanish('resource-1')).toBe(false)
    expect(await bench.outcome('Stop')).toBe('RESOURCE_NOT_FOUND')
    for (const transition of ['Uninstall', 'Delete', 'Create', 'Install', 'Configure', 'Start'])
      expect(await bench.outcome(transition), transition).toBe('COMPLETE')
  })

  it('forgets answered requests: the oldest when there are too many, and all after their time', async () => {
    const bench = simulatorBench(() => memoryInfrastructure(), { finishedMax: 10, retentionMs: 1_000 })
    for (let index = 0; index < 30; index++)
      await bench.outcome('Create', { resourceId: `r${index}`, deadlineMs: bench.clock.now() + 5_000 })
    expect(bench.infrastructure.counts().remembered).toBeLessThanOrEqual(11)
    await bench.clock.advance(10_000)
    await bench.outcome('Install', { resourceId: 'r1' })
    expect(bench.infrastructure.counts().remembered).toBe(1)
  })

  it('takes no more than it can hold', async () => {
    const bench = simulatorBench(() => memoryInfrastructure(), { openMax: 2 })
    const slow = { resourceProperties: { sim_delay_ms: '1000' } }
    await bench.ask('Create', { ...slow, resourceId: 'a' })
    await bench.ask('Create', { ...slow, resourceId: 'b' })
    await expect(bench.ask('Create', { ...slow, resourceId: 'c' })).rejects.toMatchObject({ code: 'overloaded' })
    await bench.clock.advance(2_000)
    expect(await bench.outcome('Create', { resourceId: 'c' })).toBe('COMPLETE')
  })

  it('keeps only so much of its journal', async () => {
    const bench = simulatorBench(() => memoryInfrastructure(100))
    for (let index = 0; index < 300; index++) await bench.ask('Create', { resourceId: `r${index}` })
    const journal = bench.infrastructure.journal()
    expect(journal.length).toBeLessThanOrEqual(100 * 1.25 + 64)
    expect(journal.at(-1)?.sequence).toBe(300)
  })
})

describe('the simulated infrastructure in a file', () => {
  it('refuses a file of a newer release', async () => {
    const path = filePath()
    infrastructureFile(path).close()
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(() => infrastructureFile(path)).toThrow(/version 99/)
  })

  it('names in its reports the order that a request belongs to, after a crash, too', async () => {
    const path = filePath()
    const bench = simulatorBench(() => infrastructureFile(path))
    const request = sampleRequest({ resourceProperties: { sim_delay_ms: '500' } })
    const taken = bench.driver.execute(request, sampleLocation(), 'order-7')
    await bench.clock.advance(10)
    await taken
    bench.crash()
    await bench.clock.until(() => bench.reports.length > 0)
    expect(bench.traces).toEqual(['order-7'])
  })

  it('keeps attempts, silence and refusals through a crash', async () => {
    const path = filePath()
    const bench = simulatorBench(() => infrastructureFile(path))
    const silent = { requestId: 'quiet', resourceId: 'q', resourceProperties: { sim_silent: 'Create:2' } }
    const failing = { resourceId: 'f', resourceProperties: { sim_fail: 'Create:2' } }
    await bench.ask('Create', silent)
    expect(await bench.outcome('Create', failing)).toBe('INFRASTRUCTURE_ERROR')
    bench.crash()
    await bench.clock.advance(10_000)
    expect(bench.reportsOf('quiet')).toEqual([])
    await bench.ask('Create', silent)
    expect(await bench.outcome('Create', failing)).toBe('INFRASTRUCTURE_ERROR')
    bench.crash()
    expect(await bench.outcome('Create', silent)).toBe('COMPLETE')
    expect(await bench.outcome('Create', failing)).toBe('COMPLETE')
    await bench.driver.close()
  })

  it('does each request once and answers it, whatever is repeated and whenever it crashes', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ type: fc.constant('ask' as const), request: fc.nat(7) }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('pass' as const), byMs: fc.nat(80) }) },
      { weight: 1, arbitrary: fc.constant({ type: 'crash' as const }) },
      { weight: 1, arbitrary: fc.constant({ type: 'reject' as const }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const folder = mkdtempSync(join(tmpdir(), 'homeostat-infrastructure-'))
        const path = join(folder, 'infrastructure.sqlite')
        const bench = simulatorBench(() => infrastructureFile(path))
        const request = (number: number) => ({
          requestId: `request-${number}`,
          resourceId: `resource-${number}`,
          resourceProperties: { sim_delay_ms: '0..60', sim_late_ms: '0..20', sim_repeat: String(1 + (number % 2)) },
        })
        const asked = new Set<number>()
        for (const each of steps) {
          if (each.type === 'ask') {
            asked.add(each.request)
            await bench.ask('Create', request(each.request))
          } else if (each.type === 'pass') await bench.clock.advance(each.byMs)
          else if (each.type === 'crash') bench.crash()
          else bench.rejectReports(1)
        }
        await bench.clock.advance(30_000)
        for (const number of asked) {
          const reports = bench.reportsOf(`request-${number}`)
          expect(reports.length).toBeGreaterThan(0)
          for (const report of reports) expect(report).toEqual(reports[0])
        }
        const done = bench.infrastructure.journal().map((entry) => entry.requestId)
        expect(done.toSorted()).toEqual([...asked].map((number) => `request-${number}`).toSorted())
        await bench.driver.close()
        expect(readJournal(path).map((entry) => entry.requestId)).toEqual(done)
        rmSync(folder, { recursive: true, force: true })
      }),
      { numRuns: 25 },
    )
  })
})
