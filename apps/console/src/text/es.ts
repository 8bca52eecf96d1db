import type { TextKey } from './en.js'
import { deviceEs } from './es/device.js'
import { errorsEs } from './es/errors.js'
import { frameEs } from './es/frame.js'
import { kitEs } from './es/kit.js'
import { pairingEs } from './es/pairing.js'
import { patientsEs } from './es/patients.js'
import { startEs } from './es/start.js'
import { threadEs } from './es/thread.js'

/** Spanish. */
export const es: Readonly<Record<TextKey, string>> = {
  ...frameEs,
  ...errorsEs,
  ...startEs,
  ...pairingEs,
  ...kitEs,
  ...patientsEs,
  ...threadEs,
  ...deviceEs,
}
