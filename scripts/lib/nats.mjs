/** The NATS server of Debian, for checks and a guide that need one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { provide } from './debian.mjs'

const folders = ['/usr/sbin', '/usr/bin', '/usr/local/bin']

/** As {@link provide}: the folder of its program. */
export const provideNats = () =>
  provide('nats-server', () => folders.find(folder => existsSync(join(folder, 'nats-server'))) ?? null)
