/** Ports for servers of our own. */
import { createServer } from 'node:net'

// Below the range from which systems take the local ports of outgoing connections (Linux: from 32,768): a client that
// tries again and again to reach a killed server on such a port can end up connected to itself, and the server then
// finds its port taken when it restarts.
const LOWEST = 20_000
const HIGHEST = 31_999
const TRIES = 50

const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })

/** Free at this moment; somebody else may take it in the next, so who uses it must be ready to ask again. */
export const freePort = async (host = '127.0.0.1'): Promise<number> => {
  for (let index = 0; index < TRIES; index++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1))
    if (await isFree(port, host)) return port
  }
  throw new Error(`no free port found at ${host} between ${LOWEST} and ${HIGHEST} in ${TRIES} tries`)
}
