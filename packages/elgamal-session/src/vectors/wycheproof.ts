/** AES-CBC with PKCS#7 padding, as the payloads of version 1 have it. */
import {
  agree,
  judge,
  NotApplicable,
  type WycheproofRunner,
  type WycheproofRunners,
} from '@chartseal/core/vectors'
import { platform } from '#platform'
import { openCbc } from '../v1/payloads.js'

const cbc: WycheproofRunner = ({ test, file }) => {
  if (file.raw('algorithm') !== 'AES-CBC-PKCS5') throw new NotApplicable('another algorithm')
  const [key, iv, ciphertext] = [test.hex('key'), test.hex('iv'), test.hex('ct')]
  const plaintext = openCbc(key, iv, ciphertext)
  judge(test, plaintext !== null)
  if (plaintext === null) return
  agree('the plaintext', plaintext, test.hex('msg'))
  agree('the ciphertext', platform.encryptCbc(key, iv, plaintext), ciphertext)
}

export const wycheproof: WycheproofRunners = { ind_cpa_test_schema: cbc }
