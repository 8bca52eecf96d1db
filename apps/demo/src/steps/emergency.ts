/** Step: what opens the doctor's ring is split, and comes back from any two of three shares. */
import { encodeHex } from '@chartseal/core/encoding'
import { exportRing, importRing, parsePhc, type Ring, wipeRing } from '@chartseal/kdf-keyring'
import {
  answerDrill,
  checkDrill,
  combineShares,
  formatShare,
  parseShareText,
  type ShareEnvelope,
  splitSecret,
  verifyShare,
} from '@chartseal/shamir'
import { Inbox } from '../mailbox.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { flipped, grouped, listed } from '../words.js'
import type { World } from '../world.js'
import type { Clinic } from './keys.js'
import { type SentMessage, saysExactly } from './messages.js'

const threshold = 2
const holders = ['the doctor', 'the hospital', "the patient's lawyer"]
type Kit = readonly [ShareEnvelope, ShareEnvelope, ShareEnvelope]

export async function breakGlass(
  stage: Stage,
  world: World,
  clinic: Clinic,
  sent: SentMessage,
): Promise<void> {
  const { random, clock } = world.io
  const code = random.bytes(32)
  const { ring, sealed } = await exportRing(sent.doctorRing, encodeHex(code), { random })
  wipeRing(ring)
  const label = 'recovery code'
  const made = splitSecret(code, { threshold, numShares: holders.length, label, clock, random })
  const texts = made.map(formatShare)
  stage.note(
    `The doctor's ring is exported under a code of 256 bits, and the code split among ${listed(holders)}`,
  )
  stage.note(
    `A share is a text of ${grouped(present(texts[0]).length)} characters: ${texts[0]?.slice(0, 40)}…`,
  )
  const kit = kitOf(texts.map(parseShareText))
  checkShares(stage, kit, code)
  checkDrills(stage, world, kit)
  const [, second, third] = kit
  await checkRecovered(stage, combineShares([second, third]).secret, sealed, sent)
  await clinic.trail.record(
    'hospital',
    'ring recovered from two shares',
    clinic.patient.id,
    'break-glass-start',
  )
  await attackShares(stage, world, kit)
  await attackExport(stage, sealed)
  code.fill(0)
}

function kitOf(shares: readonly ShareEnvelope[]): Kit {
  return [present(shares[0]), present(shares[1]), present(shares[2])]
}

function checkShares(stage: Stage, kit: Kit, code: Uint8Array): void {
  const [first, second, third] = kit
  for (const share of kit) verifyShare(share, { root: first.root })
  stage.check('each share, read back from its text, is whole and of this set', kit.length === holders.length)
  const opens = (shares: readonly ShareEnvelope[]): boolean =>
    encodeHex(combineShares(shares).secret) === encodeHex(code)
  const pairs = [
    [first, second],
    [first, third],
    [second, third],
  ]
  for (const pair of pairs) stage.check(`${pair.map(nameOf).join(' and ')} recover the code`, opens(pair))
  const recovery = combineShares([first, { ...second, y: flipped(second.y) }, third])
  const named = recovery.damaged.map(({ index }) => holders[index - 1])
  stage.check(
    `a forged share among three is left out, and named: that of ${listed(named.map(name => name ?? 'nobody'))}`,
    named.length === 1 && named[0] === nameOf(second) && encodeHex(recovery.secret) === encodeHex(code),
  )
}

const nameOf = ({ x }: ShareEnvelope): string => present(holders[x - 1])

/** A custodian shows that the share is still there, and nothing of it. */
function checkDrills(stage: Stage, { io }: World, kit: Kit): void {
  for (const share of kit) {
    const challenge = io.random.bytes(32)
    checkDrill(answerDrill(share, challenge), challenge, kit[0].root)
  }
  stage.check('in a drill all three prove that they still have their shares', kit.length === holders.length)
}

/** Without doctor and patient: what was exported opens what was sealed before. */
async function checkRecovered(
  stage: Stage,
  code: Uint8Array,
  sealed: Uint8Array,
  sent: SentMessage,
): Promise<void> {
  const ring: Ring = await importRing(sealed, encodeHex(code))
  code.fill(0)
  const body = new Inbox(ring, sent.binding).receive(sent.sealed)
  stage.check('the recovered ring opens the first message of this story', saysExactly(body, sent.text))
  wipeRing(ring)
}

async function attackShares(stage: Stage, { io }: World, [first, second, third]: Kit): Promise<void> {
  const forged = { ...second, y: flipped(second.y) }
  const [foreign] = splitSecret(io.random.bytes(32), { threshold, numShares: 3, ...io })
  const tries: readonly [string, string, readonly ShareEnvelope[]][] = [
    ['one share alone', 'shamir/too-few-shares', [first]],
    ['one share given twice', 'shamir/duplicate-index', [first, first]],
    ['a share with x = 0, which would be the code itself', 'shamir/bad-index', [{ ...first, x: 0 }, second]],
    ['a forged share, and only one more', 'shamir/damaged-shares', [forged, third]],
    ['a share of another set, and only one more', 'shamir/mixed-sets', [present(foreign), third]],
  ]
  for (const [what, code, shares] of tries) await stage.attack(what, code, () => combineShares(shares))
  await stage.attack('one mistyped character', 'shamir/invalid-share', () =>
    parseShareText(formatShare(third).replace(/.$/, last => (last === 'q' ? 'p' : 'q'))),
  )
  await stage.attack("an old answer, shown again to a drill's new question", 'shamir/bad-drill', () =>
    checkDrill(answerDrill(third, io.random.bytes(32)), io.random.bytes(32), first.root),
  )
}

async function attackExport(stage: Stage, sealed: Uint8Array): Promise<void> {
  await stage.attack('the export with a guessed code', 'open/failed', () =>
    importRing(sealed, encodeHex(new Uint8Array(32))),
  )
  await stage.attack('an export that asks for 1,000 rounds only', 'keyring/bad-phc', () =>
    parsePhc(`$pbkdf2-sha256$i=1000$${'A'.repeat(22)}`),
  )
}
