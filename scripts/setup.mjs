// Installs what `npm start` and `npm test` need, once, and says so. Runs on the machine's own Node (20 or newer):
// everything after it runs on the Node that the `node` package pins. Plain JavaScript, because an old Node can't
// read TypeScript.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.homeostat-setup`
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex')

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Homeostat needs Node 20 or newer to install itself; this is ${process.version}.`)
  process.exit(1)
}
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash) process.exit(0)

console.log('Installing the packages that package-lock.json names (once; about a minute) ...')
const started = Date.now()
const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: root,
  stdio: 'inherit',
})
if (installed.status !== 0) {
  console.error('npm ci failed (see above). Homeostat needs the npm registry once, for its packages and its own Node.')
  process.exit(1)
}
if (!existsSync(`${root}node_modules/.bin/node`)) {
  console.error(
    "The package `node` did not install its binary: npm's install scripts seem to be switched off. Allow them for this " +
      'folder (npm config set ignore-scripts false --location project) and try again.',
  )
  process.exit(1)
}
writeFileSync(stamp, lockHash)
console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`)
