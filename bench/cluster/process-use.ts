/** What another process has used of this machine (Linux), and what it takes of it now. */
import { readFileSync } from 'node:fs'

/** Of a second: what Linux counts processor time in, on every machine that we know of. */
const TICKS_PER_SECOND = 100

/** The kernel's part included; undefined where that can't be told. */
export const cpuSecondsOf = (pid: number | undefined): number | undefined => {
  if (pid === undefined) return undefined
  try {
    return cpuSecondsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** In the line of `/proc/<pid>/stat`; the program's name may hold blanks and brackets. */
export const cpuSecondsIn = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
