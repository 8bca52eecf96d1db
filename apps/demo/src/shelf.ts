/** What a run leaves behind for its user: files of one folder, each with a word on what it is. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A file or folder that stays. */
export interface Kept {
  /** Its path in the folder, with `/`. */
  readonly name: string
  readonly about: string
  /** Arguments of `chartseal` that show it, each file as a path in the folder with `./` in front. */
  readonly look?: string
}

export class Shelf {
  readonly #folder: string | null
  readonly #kept: Kept[] = []

  /** @param folder `null`: nothing stays */
  constructor(folder: string | null) {
    this.#folder = folder
  }

  get kept(): readonly Kept[] {
    return this.#kept
  }

  /** Writes a file that only its owner reads. */
  async put(kept: Kept, data: string | Uint8Array): Promise<void> {
    if (this.#folder === null) return
    const path = join(this.#folder, kept.name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, data, { mode: 0o600, flag: 'wx' })
    this.#kept.push(kept)
  }

  /** Names what the story has made in its folder by itself. */
  name(kept: Kept): void {
    if (this.#folder !== null) this.#kept.push(kept)
  }
}

/**
 * Makes the folder, or takes an empty one.
 * @throws RangeError for a folder that holds something, or cannot be made
 */
export async function freshFolder(folder: string, shown: string): Promise<void> {
  let names: readonly string[]
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    names = await readdir(folder)
  } catch (error) {
    throw new RangeError(`${shown} cannot be made a folder`, { cause: error })
  }
  if (names.length > 0) throw new RangeError(`${shown} must be empty or not there yet: nothing is replaced`)
}

/** What lies where, and what to try on it from the folder the user is in. */
export function shelfText(kept: readonly Kept[], folder: string): string {
  const width = Math.max(...kept.map(({ name }) => name.length))
  const looks = kept.flatMap(({ look }) => (look === undefined ? [] : [look]))
  return [
    `Kept in ${folder}, with secret keys among it, all of this story only:`,
    ...kept.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    '',
    'Now try:',
    ...looks.map(look => `  npm run -s chartseal -- ${withPaths(look, folder)}`),
    '',
  ].join('\n')
}

function withPaths(look: string, folder: string): string {
  return look.replace(/(?<= )\.\/(\S+)/g, (_, name: string) => inShell(join(folder, name)))
}

/** As a shell takes it for one word. */
function inShell(path: string): string {
  return /^[\w./:=@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
