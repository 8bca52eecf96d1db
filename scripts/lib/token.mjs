/** Debian's SoftHSM2 and OpenSC, for what a key in a token has to show; and age, for files of other tools. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { provide } from './debian.mjs'

const module = '/usr/lib/softhsm/libsofthsm2.so'
const folder = '/usr/bin'

const programIn = name => (existsSync(join(folder, name)) ? folder : null)

/** As {@link provide}: the folder of `pkcs11-tool`, once there is a token, too. */
export function provideToken() {
  const softhsm = provide('softhsm2', () => (existsSync(module) ? module : null))
  return softhsm.found === null ? softhsm : provide('opensc', () => programIn('pkcs11-tool'))
}

/** As {@link provide}: the folder of `age` and `age-keygen`. */
export const provideAge = () => provide('age', () => programIn('age'))

/** The variables under which SoftHSM2 keeps its tokens in a folder, which is made. */
export function tokenEnv(home) {
  const tokens = join(home, 'tokens')
  const config = join(home, 'softhsm2.conf')
  mkdirSync(tokens, { recursive: true })
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  return { SOFTHSM2_CONF: config, PKCS11_MODULE: module }
}

export const onPath = bin => [bin, process.env.PATH ?? ''].join(delimiter)
