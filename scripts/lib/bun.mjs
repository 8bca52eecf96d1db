/** Bun, from npm: its binary as a package of its own, which needs no install script. */
import { join } from 'node:path'
import { npmPeer } from './npm-peer.mjs'

const builds = { x64: 'x64-baseline', arm64: 'aarch64' }

/** The path of the executable; `null` when npm did not get it. */
export function bun() {
  const name = `@oven/bun-${process.platform}-${builds[process.arch]}`
  const folder = npmPeer('bun', [`${name}@1.4.4`])
  return folder === null ? null : join(folder, 'node_modules', name, 'bin/bun')
}
