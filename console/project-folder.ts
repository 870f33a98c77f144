/** A client's project folder as the files that the API takes. Only what can be a part of a project is read. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

const FILES_MAX = 1_000
const FILE_BYTES_MAX = 1_048_576
const SKIPPED = new Set(['node_modules', '.git', '_lmctl'])

export interface ProjectFile {
  readonly path: string
  readonly text: string
}

/** @throws {Error} if the folder isn't there, holds no project, or more than a project may have */
export const readProjectFolder = async (folder: string): Promise<readonly ProjectFile[]> => {
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory()) throw new Error(`${folder} is not a folder`)
  const files: ProjectFile[] = []
  const walk = async (inside: string): Promise<void> => {
    for (const entry of await readdir(inside, { withFileTypes: true })) {
      const path = join(inside, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) await walk(path)
      if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) continue
      if (files.length >= FILES_MAX) throw new Error(`${folder} has more than ${FILES_MAX} YAML files`)
      const { size } = await stat(path)
      if (size > FILE_BYTES_MAX) throw new Error(`${path} has ${size} bytes; a descriptor may have ${FILE_BYTES_MAX}`)
      files.push({ path: relative(folder, path).split(sep).join('/'), text: await readFile(path, 'utf8') })
    }
  }
  await walk(folder)
  if (!files.some(({ path }) => /^lmproject\.ya?ml$/.test(path)))
    throw new Error(
      `${folder} has no lmproject.yml: not a project folder. A TOSCA service template is given as its file.`,
    )
  return files
}
