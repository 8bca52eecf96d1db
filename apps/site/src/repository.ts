/** The files that a checkout has, as the site sees them: what is built or installed is not among them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

const left = new Set(['node_modules', 'dist', 'coverage', 'docs-site'])

export class Repository {
  readonly #root: string
  readonly #files: ReadonlySet<string>
  readonly #folders: ReadonlySet<string>

  /** @param root absolute */
  constructor(root: string) {
    this.#root = root
    const files = filesBelow(root, '')
    this.#files = new Set(files)
    this.#folders = new Set(files.flatMap(foldersOf))
  }

  /** Sorted. */
  get paths(): readonly string[] {
    return [...this.#files]
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(path)
  }

  /** What is directly in a folder, each with whether it is a folder. */
  list(folder: string): readonly { readonly name: string; readonly isFolder: boolean }[] {
    const below = (paths: ReadonlySet<string>): readonly string[] =>
      [...paths]
        .filter(path => path !== folder && posix.dirname(path) === folder)
        .map(path => posix.basename(path))
    return [
      ...below(this.#folders).map(name => ({ name, isFolder: true })),
      ...below(this.#files).map(name => ({ name, isFolder: false })),
    ]
  }

  text(path: string): string {
    return readFileSync(join(this.#root, path), 'utf8')
  }

  bytes(path: string): Uint8Array {
    return readFileSync(join(this.#root, path))
  }
}

/** What git keeps of itself is hidden; what a host is told (`.github`) is not, and pages link to it. */
const isHidden = (name: string): boolean => name.startsWith('.') && name !== '.github'

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !left.has(name) && !isHidden(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(root, path)
      return entry.isFile() ? [path] : []
    })
}

function foldersOf(path: string): readonly string[] {
  const folder = posix.dirname(path)
  return folder === '.' ? [] : [folder, ...foldersOf(folder)]
}
