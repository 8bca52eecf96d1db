/** Step: what the published design sealed and split still opens. Its values are results of that design's own code. */
import { decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { derive, KeyRing } from '@chartseal/kdf-keyring/v1'
import { combine, type Share } from '@chartseal/shamir/v1'
import { openMessage } from '@chartseal/wire'
import { format, open as openOld, parse, rewrap, seal as sealOld } from '@chartseal/wire/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { flipped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'
import { saysExactly } from './messages.js'
import { readOldPackage } from './old-package.js'

/** vectors/seeds/medcrypt-wire.json, case "ascii". */
export const published = {
  key: 'ad7d212c674a9e291f31c2e43562ae3224fb3a6b4a2b930bd09a4489f4605c99',
  patientId: 'PAT-12345',
  text: 'Take 1 tablet every 8 hours.',
  sealed:
    '[MEDCRYPT:v1:UEFULTEyMzQ1:cuH7RbMOvB0iNVH/:qLctMuJl6RTlRf82TvY0ZsBIq9hKVAbvlrYX5w==:X0iROpDieu5hlRjdS9eOmw==]',
}

/** vectors/seeds/medcrypt-shamir.json, the first case. */
export const publishedSecret = '037ed391cad46b89841dc8654cfc163a4ef34b8b9a0c0d2d3e28f5d14505a486'
export const publishedShares: readonly Share[] = [
  '37af1fa7774c203a930a737afa24f07c962d8aa32e3d031c97bad703fd05dfc2',
  '6bc750fdabfffdf4aa33a55b3b57c1b6e554d2dbe96e114f7717b16e2e05520e',
  '5f169ccb1667b647bd241e448d8f27f03d8a13f35d5f1f7ede8593bc9605294a',
].map((y, i) => ({ x: i + 1, y: decodeHex(y) }))

export async function readPublished(stage: Stage, world: World, clinic: People): Promise<void> {
  const key = new AeadKey(decodeHex(published.key))
  stage.check(
    'a message that the published code sealed opens',
    openOld(key, published.sealed).plaintext === published.text,
  )
  stage.check(
    'taken apart and put together again, it is the same text',
    format(parse(published.sealed)) === published.sealed,
  )
  const [first, second, third] = [
    present(publishedShares[0]),
    present(publishedShares[1]),
    present(publishedShares[2]),
  ]
  const recovered = [
    [first, second],
    [first, third],
    [second, third],
  ].map(pair => combine(pair, { threshold: 2 }))
  stage.check(
    'any two of three shares that it made recover the secret',
    recovered.every(bytes => encodeHex(bytes) === publishedSecret),
  )
  await checkMonth(stage, world)
  checkRewrapped(stage, world, key)
  await attackPublished(stage, key, [first, second])
  await readOldPackage(stage, world, clinic)
}

async function checkMonth(stage: Stage, { io }: World): Promise<void> {
  const shared = new SecretBytes(io.random.bytes(32))
  using doctor = new KeyRing(shared, io)
  using patient = new KeyRing(shared, io)
  const line = sealOld(await doctor.keyForSealing(), published.text, published.patientId, io)
  const { plaintext } = openOld(await patient.key(doctor.currentMonth), line)
  stage.check(
    `two rings of version 1 have one key for ${doctor.currentMonth}, with 600,000 rounds`,
    plaintext === published.text,
  )
}

/** Sealed again in version 2, the patient is bound and not shown. */
function checkRewrapped(stage: Stage, { io }: World, oldKey: AeadKey): void {
  const binding = {
    patientId: published.patientId,
    thread: 'archive',
    sender: 'archive',
    recipient: 'archive',
  }
  const key = AeadKey.generate(io.random)
  const sealing = { key, kid: io.random.bytes(8), counter: 0n }
  const message = rewrap(oldKey, published.sealed, sealing, binding, io.clock.nowMs(), io.random)
  const { body } = openMessage(key, message, binding)
  stage.check('sealed again in version 2, it says the same', saysExactly(body, published.text))
}

async function attackPublished(stage: Stage, key: AeadKey, pair: readonly [Share, Share]): Promise<void> {
  const parts = parse(published.sealed)
  await stage.attack('one flipped bit in its tag', 'open/failed', () =>
    openOld(key, format({ ...parts, tag: flipped(parts.tag) })),
  )
  await stage.attack('the message, meant for another patient', 'wire/other-patient', () =>
    openOld(key, published.sealed, { expectedPatientId: 'another-patient' }),
  )
  await stage.attack('a lax spelling of it', 'wire/not-base64', () =>
    openOld(key, published.sealed.replace(/:([^:]+)\]$/, ': $1]')),
  )
  await stage.attack('a key from 99,999 rounds only', 'keyring/weak-parameters', () =>
    derive(new SecretBytes(key.reveal()), encodeUtf8('any salt'), { iterations: 99_999 }),
  )
  await stage.attack('a forged share with x = 0, which would be the secret itself', 'shamir/bad-index', () =>
    combine([{ ...pair[0], x: 0 }, pair[1]], { threshold: 2 }),
  )
}
