/**
 * Whether shards are served, asked from outside: in each lives a deployment location that isn't there, and only the
 * shard's owner can say so.
 */
import { placementOfText, shardOfPlacement } from '../../runtime/placement.ts'

const ASK_EVERY_MS = 400
const ATTEMPT_MS = 8_000
const REST_MS = 100

/** One for each shard. */
const probeNames = (shards: number): readonly string[] => {
  const names: string[] = []
  for (let index = 0, found = 0; found < shards; index++) {
    const shard = shardOfPlacement(placementOfText(`probe-${index}`), shards)
    if (names[shard] === undefined) found++
    names[shard] ??= `probe-${index}`
  }
  return names
}

/** Whoever can't tell doesn't count: it is too busy, or has no answer itself. */
const isAnswered = async (url: string | undefined, name: string, ending: AbortSignal): Promise<boolean> => {
  if (url === undefined) return false
  try {
    const response = await fetch(`${url}/api/deploymentLocations/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ infrastructureType: 'Probed' }),
      signal: AbortSignal.any([ending, AbortSignal.timeout(ATTEMPT_MS)]),
    })
    await response.arrayBuffer()
    return response.status < 500 && response.status !== 429
  } catch {
    return false
  }
}

/** Asks again and again, without waiting for the answers before: one of them may be lost. Resolves with the first. */
const answerMs = (url: () => string | undefined, name: string, giveUpMs: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const ending = new AbortController()
    const end = (): void => {
      clearInterval(timer)
      ending.abort()
    }
    const ask = (): void => {
      const tookMs = performance.now() - startedMs
      if (tookMs > giveUpMs) {
        end()
        reject(new Error(`${name} was not answered for within ${giveUpMs} ms`))
        return
      }
      void isAnswered(url(), name, ending.signal).then((isSo) => {
        if (!isSo || ending.signal.aborted) return
        end()
        resolve(performance.now() - startedMs)
      })
    }
    const timer = setInterval(ask, ASK_EVERY_MS)
    ask()
  })

/** How long until every shard has answered something that it was asked from now on. @throws after `giveUpMs` */
export const servedAfterMs = async (
  url: () => string | undefined,
  shards: number,
  giveUpMs = 60_000,
): Promise<number> => Math.max(...(await Promise.all(probeNames(shards).map((name) => answerMs(url, name, giveUpMs)))))

/** From now until `stop`: the longest that any shard took for an answer. */
export const watchServing = (url: () => string | undefined, shards: number): { stop(): Promise<number> } => {
  let isOver = false
  const longest = Promise.all(
    probeNames(shards).map(async (name) => {
      let longestMs = 0
      while (!isOver) {
        longestMs = Math.max(longestMs, await answerMs(url, name, 60_000))
        await new Promise((resolve) => setTimeout(resolve, REST_MS))
      }
      return longestMs
    }),
  )
  // Whoever stops it hears of it.
  longest.catch(() => undefined)
  return {
    stop: async () => {
      isOver = true
      return Math.max(...(await longest))
    },
  }
}
