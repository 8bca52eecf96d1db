import type { Ran } from './cli.js'

/** The code at the end of what a command said on stderr. */
export function codeIn({ stderr }: Ran): string {
  return /\(([a-z0-9-]+\/[a-z0-9-]+)\)\n$/.exec(stderr)?.[1] ?? stderr
}
