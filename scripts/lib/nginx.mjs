/** The nginx of Debian, for the guide that puts a clinic behind it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const folder = '/usr/sbin'

/** The folder of its program; `null` where there is none. */
export const findNginx = () => (existsSync(`${folder}/nginx`) ? folder : null)

/** Debian's package, as root, without starting the service that comes with it; then as {@link findNginx}. */
export function installNginx() {
  if (process.getuid?.() !== 0 || spawnSync('which', ['apt-get']).status !== 0) return null
  // With run level 1 invoke-rc.d starts nothing.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { env, stdio: ['ignore', 'ignore', 2] }
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'nginx'], options)
  return findNginx()
}
