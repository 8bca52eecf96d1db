import { deviceEn } from './en/device.js'
import { errorsEn } from './en/errors.js'
import { frameEn } from './en/frame.js'
import { kitEn } from './en/kit.js'
import { pairingEn } from './en/pairing.js'
import { patientsEn } from './en/patients.js'
import { startEn } from './en/start.js'
import { threadEn } from './en/thread.js'

/** English. Short sentences; one noun for one thing. */
export const en = {
  ...frameEn,
  ...errorsEn,
  ...startEn,
  ...pairingEn,
  ...kitEn,
  ...patientsEn,
  ...threadEn,
  ...deviceEn,
} as const

export type TextKey = keyof typeof en
