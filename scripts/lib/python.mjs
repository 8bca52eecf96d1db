/** Python of Debian, and what its programs here need. */
import { existsSync } from 'node:fs'
import { provide } from './debian.mjs'

/** Debian's, which has its packages, whatever else is on the path. */
export const python = '/usr/bin/python3'

const cryptographyFolder = '/usr/lib/python3/dist-packages/cryptography'

/** As `provide` answers. */
export const provideCryptography = () =>
  provide('python3-cryptography', () => (existsSync(cryptographyFolder) ? cryptographyFolder : null))
