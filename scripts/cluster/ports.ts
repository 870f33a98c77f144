/** Ports that the nodes of a local cluster will listen at. */
import { createServer } from 'node:net'

const PORT_MAX = 65_535

/** From the environment. @throws for people */
export const firstPortOf = (text: string | undefined, count: number): number => {
  const port = Number(text ?? 8080)
  if (text?.trim() === '' || !Number.isInteger(port) || port < 0 || port > PORT_MAX + 1 - count)
    throw new Error(`HOMEOSTAT_PORT must be the port of the first of ${count} nodes, or 0 for any; it is ${text}`)
  return port
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Before servers are started in vain. 0: any will do. @throws for people, naming those that are taken */
export const assertFreePorts = async (first: number, count: number): Promise<void> => {
  if (first === 0) return
  const taken: number[] = []
  for (let port = first; port < first + count; port++) if (!(await isFree(port))) taken.push(port)
  if (taken.length > 0)
    throw new Error(
      `the nodes need the ports ${first} to ${first + count - 1}, and somebody has ${taken.join(', ')}: ` +
        'choose others with HOMEOSTAT_PORT=9080 npm run cluster',
    )
}
