/**
 * Ends a server and removes its folder when the process that started it is gone, even if that was killed: a small shell
 * that reads a pipe. When the pipe closes without a farewell, whoever held its other end is dead.
 */
import { spawn } from 'node:child_process'

// Each line names the process (and group) that runs now, `-` if none does; `end` is the farewell.
const SCRIPT = `
pid=-
while read -r line; do
  [ "$line" = end ] && exit 0
  pid=$line
done
if [ "$pid" != - ]; then
  kill -s KILL -- "-$pid"
  left=20
  while [ "$left" -gt 0 ] && kill -s 0 -- "-$pid"; do sleep 0.1; left=$((left - 1)); done
fi
rm -rf -- "$1"
`

export interface Watchdog {
  /** `pid` leads a process group of its own. */
  watch(pid: number): void
  /** The server is down for now; the folder stays watched. */
  rest(): void
  /** Nothing to do any more. */
  dismiss(): void
}

export const startWatchdog = (folder: string): Watchdog => {
  const shell = spawn('sh', ['-c', SCRIPT, 'homeostat-watchdog', folder], {
    // A group of its own: Ctrl-C in a terminal must not end it before it is needed.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // A watchdog that somebody killed is no reason to fail: then the server only loses its guard.
  shell.on('error', () => undefined)
  shell.stdin.on('error', () => undefined)
  shell.unref()
  const say = (line: string): void => void (shell.stdin.writable && shell.stdin.write(`${line}\n`))
  return {
    watch: (pid) => say(String(pid)),
    rest: () => say('-'),
    dismiss: () => void shell.stdin.end('end\n'),
  }
}
