import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Platform } from './platform.js'

const derive = promisify(pbkdf2)

export const platform: Platform = {
  pbkdf2: (secret, salt, iterations, sizeBytes) => derive(secret, salt, iterations, sizeBytes, 'sha256'),
}
