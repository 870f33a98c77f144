/** Between finding a free port and listening at it somebody else may take it: then another one is tried. */
const STARTS_MAX = 3

const isTakenPort = (error: unknown): boolean =>
  error instanceof Error && /address already in use|BindException/i.test(error.message)

/** `fixedPort`: the caller wants this one and no other. */
export const retryOnTakenPort = async <T>(fixedPort: number | undefined, start: () => Promise<T>): Promise<T> => {
  for (let count = 1; ; count++) {
    try {
      return await start()
    } catch (error) {
      if (fixedPort !== undefined || count === STARTS_MAX || !isTakenPort(error)) throw error
    }
  }
}
