/** The nginx of Debian, for the guide that puts a clinic behind it. */
import { existsSync } from 'node:fs'
import { provide } from './debian.mjs'

const folder = '/usr/sbin'

/** As {@link provide}: the folder of its program. */
export const provideNginx = () => provide('nginx', () => (existsSync(`${folder}/nginx`) ? folder : null))
