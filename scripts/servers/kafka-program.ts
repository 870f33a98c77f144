/** What runs a Kafka broker: `java` from this machine, and the broker's jars, fetched by Maven once. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cachedFolder } from './cache-folder.ts'

const run = promisify(execFile)

export interface KafkaProgram {
  readonly java: string
  readonly classPath: string
}

export const KAFKA_VERSION = '4.1.1'
const JAVA_VERSION_MIN = 17
const POM = fileURLToPath(new URL('pom.xml', import.meta.url))
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
const FETCH_TIMEOUT_MS = 4 * 60_000

/** `openjdk version "17.0.15" 2025-04-15` → 17; undefined if it isn't in there. */
export const javaVersion = (text: string): number | undefined => {
  const match = /version "(?:1\.)?(\d+)/.exec(text)
  return match ? Number(match[1]) : undefined
}

const obtainJava = async (): Promise<string> => {
  const home = process.env['JAVA_HOME']
  const java = home ? join(home, 'bin', 'java') : 'java'
  const where = home ? `JAVA_HOME is ${home}` : 'no `java` on PATH'
  const { stdout, stderr } = await run(java, ['-version']).catch(() => {
    throw new Error(`${where}: a Kafka broker needs Java ${JAVA_VERSION_MIN} or newer`)
  })
  const version = javaVersion(stderr + stdout)
  if (version === undefined || version < JAVA_VERSION_MIN)
    throw new Error(`\`${java}\` is version ${version ?? 'unknown'}, a Kafka broker needs ${JAVA_VERSION_MIN} or newer`)
  return java
}

const fetchJars = async (folder: string, print: (line: string) => void): Promise<void> => {
  print(`fetching Kafka ${KAFKA_VERSION} with Maven, once (45 MB)`)
  // A copy, since Maven writes beside its pom if it feels like it.
  const pom = join(folder, 'pom.xml')
  copyFileSync(POM, pom)
  const args = ['-q', '-B', '-f', pom, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`]
  try {
    await run('mvn', args, { timeout: FETCH_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 })
  } catch (error) {
    const {
      code,
      stdout = '',
      stderr = '',
      message,
    } = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string }
    if (code === 'ENOENT')
      throw new Error(`no \`mvn\` on PATH, which fetches the jars of Kafka ${KAFKA_VERSION}`, { cause: error })
    const said = `${stdout}\n${stderr}`.split('\n').find((line) => line.includes('ERROR')) ?? message
    throw new Error(`Maven could not fetch Kafka ${KAFKA_VERSION}: ${said.trim()}`, { cause: error })
  }
}

/** Throws with what is missing. The first time it takes a minute or so, and `print` says so. */
export const obtainKafkaProgram = async (print: (line: string) => void = console.log): Promise<KafkaProgram> => {
  const java = await obtainJava()
  const edition = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 8)
  const folder = await cachedFolder(`kafka-${KAFKA_VERSION}-${edition}`, (partial) => fetchJars(partial, print))
  return { java, classPath: join(folder, 'libs', '*') }
}
