import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode } from '../runtime/codec.ts'
import { lifeRequests, recordedLife, testSeed } from './testing/recorded-life.ts'
import { replayedEntities } from './testing/replay.ts'

const LIVES = 80

test('every entity is, bit for bit, what its events make it, and what its snapshot and later events make it', async () => {
  const seed = testSeed(3)
  const kinds = new Map<string, number>()
  let [snapshots, eventsAfterSnapshots, events] = [0, 0, 0]
  await fc.assert(
    fc.asyncProperty(lifeRequests, async (request) => {
      const { system } = await recordedLife(request, (now) => {
        for (const entity of replayedEntities(now)) {
          const { kind, address, live, fromEvents, fromSnapshot, snapshotVersion } = entity
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
          events += entity.events
          if (snapshotVersion > 0) snapshots++
          if (snapshotVersion > 0) eventsAfterSnapshots += entity.events - snapshotVersion
          const isSame = Buffer.compare(fromEvents, live) === 0 && Buffer.compare(fromSnapshot, live) === 0
          if (isSame) continue
          // Decoded, so that the difference can be read.
          expect(decode(fromEvents), `${address} from its events`).toEqual(decode(live))
          expect(decode(fromSnapshot), `${address} from its snapshot`).toEqual(decode(live))
          expect.unreachable(`${address}: the same values in other bytes`)
        }
      })
      system.stop()
    }),
    { numRuns: LIVES, seed },
  )
  console.log(
    `seed ${seed}: ${LIVES} lives, ${events} events, ${snapshots} snapshots with ${eventsAfterSnapshots} events after them;`,
    [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', '),
  )
  expect([...kinds.keys()].sort()).toEqual([
    'assembly',
    'deployment-location',
    'descriptor',
    'heal-policy',
    'process',
    'resource',
    'resource-manager',
    'scale-policy',
  ])
  expect(snapshots).toBeGreaterThan(100)
  expect(eventsAfterSnapshots).toBeGreaterThan(100)
}, 120_000)
