/** What runs a Kafka broker: `java` from this machine, and the broker's jars, fetched by Maven once. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cachedFolder } from './cache-folder.ts'
import { CLUSTER_ID, propertiesText, serverProperties } from './kafka-properties.ts'

const run = promisify(execFile)

export interface KafkaProgram {
  readonly java: string
  readonly classPath: string
  /** A data folder as a broker wants to find it, to be copied: making one takes a Java start of its own. */
  readonly formatted: string
}

/** A broker for tests: quick to start and small, at the price of peak speed. */
export const JAVA_ARGS = [
  '-Xms128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

export const KAFKA_VERSION = '4.1.1'
const JAVA_VERSION_MIN = 17
const POM = fileURLToPath(new URL('pom.xml', import.meta.url))
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
const FETCH_TIMEOUT_MS = 4 * 60_000
const FORMAT_TIMEOUT_MS = 60_000

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

const format = async (java: string, classPath: string, folder: string): Promise<void> => {
  const properties = join(folder, 'server.properties')
  const nowhere = { host: '127.0.0.1', port: 1 }
  const data = join(folder, 'data')
  writeFileSync(
    properties,
    propertiesText(serverProperties({ listener: nowhere, advertised: nowhere, controllerPort: 2, folder: data })),
  )
  const main = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
  await run(java, [...JAVA_ARGS, '-cp', classPath, ...main], { timeout: FORMAT_TIMEOUT_MS })
}

/** Throws with what is missing. The first time it takes a minute or so, and `print` says so. */
export const obtainKafkaProgram = async (print: (line: string) => void = console.log): Promise<KafkaProgram> => {
  const java = await obtainJava()
  const edition = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 8)
  const name = `kafka-${KAFKA_VERSION}-${edition}`
  const classPath = join(await cachedFolder(name, (partial) => fetchJars(partial, print)), 'libs', '*')
  const formatted = await cachedFolder(`${name}-formatted`, (partial) => format(java, classPath, partial))
  return { java, classPath, formatted: join(formatted, 'data') }
}
