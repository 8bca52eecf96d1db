import type { MessageKeys } from './keys.js'
import type { RunCipher } from './runs.js'

/** What streams and ranges ask of the platform; both implementations pass one suite. */
export interface RunPlatform {
  /** Takes the keys over: it is the cipher that wipes them, and then throws `key/wiped`. */
  runCipher(keys: MessageKeys): RunCipher
}
