/**
 * Syncs one file to disk on a thread of libuv, one sync at a time: whoever asks while one is under way shares the next. After a
 * failed one it is over: nobody knows what the disk has then, and a repeated sync would claim success without having written.
 */
import { close, fdatasync, openSync } from 'node:fs'

export type SyncDone = (error: Error | undefined) => void
export type SyncCall = (fd: number, done: (error: Error | null) => void) => void

export class DiskSync {
  readonly #fd: number
  readonly #call: SyncCall
  #asked: SyncDone[] = []
  #isUnderWay = false
  #failure: Error | undefined
  #whenIdle: (() => void)[] = []

  /** @throws {Error} if the file can't be opened */
  constructor(path: string, call: SyncCall = fdatasync) {
    // Not only for reading: some systems sync only what may be written.
    this.#fd = openSync(path, 'r+')
    this.#call = call
  }

  /** `done`: what was written to the file before this call is on disk. Calls are answered in their order, never at once. */
  sync(done: SyncDone): void {
    this.#asked.push(done)
    if (!this.#isUnderWay) this.#begin()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#isUnderWay) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  /** Once it is idle. */
  close(): Promise<void> {
    return new Promise((resolve, reject) => close(this.#fd, (error) => (error ? reject(error) : resolve())))
  }

  #begin(): void {
    const group = this.#asked
    this.#asked = []
    this.#isUnderWay = true
    const ended = (error: Error | null): void => {
      this.#failure ??= error ?? undefined
      this.#isUnderWay = false
      // Before anybody is answered, so that the disk doesn't wait for what they do.
      if (this.#asked.length > 0) this.#begin()
      for (const done of group) done(this.#failure)
      if (this.#isUnderWay) return
      for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
    if (this.#failure) setImmediate(ended, this.#failure)
    else this.#call(this.#fd, ended)
  }
}
