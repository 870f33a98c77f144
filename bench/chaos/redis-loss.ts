/**
 * A Redis that was cut off from its disk for its last second: with `appendfsync everysec` that much may be gone after a
 * loss of power. The append-only file is cut back to what it was then; Redis itself drops the command (or transaction)
 * that the cut goes through.
 */
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

interface Sample {
  readonly atMs: number
  readonly file: string
  readonly bytes: number
}

const SAMPLE_EVERY_MS = 100
const SAMPLES_MAX = 100

export class RedisLoss {
  readonly #folder: string
  readonly #timer: NodeJS.Timeout
  #samples: Sample[] = []

  /**
   * Watches the append-only file in Redis's data folder. Redis must not rewrite it meanwhile: start it with
   * `--auto-aof-rewrite-percentage 0` and `--aof-load-truncated yes`.
   */
  constructor(folder: string) {
    this.#folder = join(folder, 'appendonlydir')
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS)
    this.#timer.unref()
  }

  /**
   * Cuts the file of a Redis that was killed at `killedAtMs` (`performance.now()`) back to what it was `lossMs` before.
   * @returns the bytes that are gone, and how much time
   */
  lose(killedAtMs: number, lossMs: number): { readonly bytes: number; readonly lostMs: number } {
    const kept = this.#samples.findLast(({ atMs }) => atMs <= killedAtMs - lossMs)
    const [newest] = this.#files()
    if (!kept || !newest || kept.file !== newest.file) return { bytes: 0, lostMs: 0 }
    truncateSync(newest.file, kept.bytes)
    this.#samples = []
    return { bytes: newest.bytes - kept.bytes, lostMs: killedAtMs - kept.atMs }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const [newest] = this.#files()
    if (newest) this.#samples = [...this.#samples.slice(1 - SAMPLES_MAX), newest]
  }

  /** The incremental files, the newest first. */
  #files(): readonly Sample[] {
    const atMs = performance.now()
    try {
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith('.incr.aof'))
        .map((name) => join(this.#folder, name))
        .map((file) => ({ atMs, file, bytes: statSync(file).size }))
        .sort((a, b) => numberOf(b.file) - numberOf(a.file))
    } catch {
      // Redis isn't up yet.
      return []
    }
  }
}

const numberOf = (file: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(file)?.[1] ?? 0)
