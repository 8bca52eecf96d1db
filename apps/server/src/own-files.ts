/** What comes with this program. Packed, all of its code lies in one folder, so this file stays in the topmost one. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function versionOf(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json')
  return String(Object(manifest)['version'])
}

/** The page: beside the code where it is packed, in its own app in a checkout. */
export function builtConsole(): string {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const packed = join(here, 'page')
  return existsSync(packed) ? packed : join(here, '../../console/dist/page')
}
