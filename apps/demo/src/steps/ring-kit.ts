/** Step: what opens the doctor's ring is split, and comes back from any two of three shares. */
import { kitFiles, makeKit, openKit, type RecoveryKit } from '@chartseal/clinic'
import { encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { importRing, parsePhc, wipeRing } from '@chartseal/kdf-keyring'
import {
  answerDrill,
  checkDrill,
  combineShares,
  formatShare,
  parseShareText,
  rehearse,
  type ShareEnvelope,
  splitSecret,
  verifyShare,
  wipeShares,
} from '@chartseal/shamir'
import { present } from '../present.js'
import type { Kept } from '../shelf.js'
import type { Stage } from '../story.js'
import { flipped, grouped, listed } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'
import { readWith, type SentMessage, saysExactly } from './messages.js'

const threshold = 2
const holders = ['the doctor', 'the hospital', "the patient's lawyer"]
type Kit = readonly [ShareEnvelope, ShareEnvelope, ShareEnvelope]

export async function splitRing(
  stage: Stage,
  world: World,
  clinic: People,
  sent: SentMessage,
): Promise<void> {
  const options = { threshold, numShares: holders.length, label: 'recovery code' }
  const { kit: made, ring } = await makeKit(sent.doctorRing, options, world.io)
  wipeRing(ring)
  const texts = made.shares.map(formatShare)
  stage.note(
    `The doctor's ring is exported under a code of 256 bits, and the code split among ${listed(holders)}`,
  )
  stage.note(
    `A share is a text of ${grouped(present(texts[0]).length)} characters: ${texts[0]?.slice(0, 40)}…`,
  )
  const kit = kitOf(texts.map(parseShareText))
  checkShares(stage, kit)
  checkDrills(stage, world, kit)
  await checkRecovered(stage, world, made, kit, sent)
  await clinic.trail.record('hospital', 'ring recovered from two shares', clinic.patient.id, 'import')
  await attackShares(stage, world, kit)
  await attackExport(stage, world, made.sealed)
  await keep(world, made)
  wipeShares([...made.shares, ...kit])
}

async function keep({ shelf }: World, made: RecoveryKit): Promise<void> {
  for (const { name, data } of kitFiles(made)) await shelf.put(kept(name), data)
}

function kept(name: string): Kept {
  const path = `kit/${name}`
  if (name.startsWith('share-') && name.endsWith('.txt'))
    return { name: path, about: 'the share of a custodian' }
  if (name !== 'ring.export') return { name: path, about: 'the set of the shares; public' }
  return {
    name: path,
    about: "the doctor's ring, sealed until two custodians meet",
    look: 'shares verify --set ./kit/share-set.cbor ./kit/share-1.txt',
  }
}

function kitOf(shares: readonly ShareEnvelope[]): Kit {
  return [present(shares[0]), present(shares[1]), present(shares[2])]
}

/** The same share with another value. */
function forgedOf(share: ShareEnvelope): ShareEnvelope {
  return { ...share, y: new SecretBytes(flipped(share.y.reveal())) }
}

function checkShares(stage: Stage, kit: Kit): void {
  const [first, second, third] = kit
  for (const share of kit) verifyShare(share, { root: first.root })
  stage.check('each share, read back from its text, is whole and of this set', kit.length === holders.length)
  const codeOf = (...shares: readonly ShareEnvelope[]): string => encodeHex(combineShares(shares).secret)
  const code = codeOf(...kit)
  const pairs = [
    [first, second],
    [first, third],
    [second, third],
  ]
  for (const pair of pairs)
    stage.check(`${pair.map(nameOf).join(' and ')} recover the code`, codeOf(...pair) === code)
  const recovery = combineShares([first, forgedOf(second), third])
  const named = recovery.damaged.map(({ index }) => holders[index - 1])
  stage.check(
    `a forged share among three is left out, and named: that of ${listed(named.map(name => name ?? 'nobody'))}`,
    named.length === 1 && named[0] === nameOf(second) && encodeHex(recovery.secret) === code,
  )
}

const nameOf = ({ x }: ShareEnvelope): string => present(holders[x - 1])

/** Custodians answer with their shares and show nothing of them; two who recover see that the third has it, too. */
function checkDrills(stage: Stage, { io }: World, kit: Kit): void {
  const challenge = io.random.bytes(32)
  const answers = kit.map(share => answerDrill(share, challenge))
  const [first, second] = kit
  for (const answer of answers) checkDrill(answer, challenge, first.root)
  const { proven } = rehearse([first, second], first.root, { drill: { challenge, answers } })
  stage.check(
    'in a drill all three prove that they still have their shares',
    proven.length === holders.length,
  )
}

/** Without doctor and patient: what was exported opens what was sealed before. */
async function checkRecovered(
  stage: Stage,
  { io }: World,
  { sealed, set: { root } }: RecoveryKit,
  [, second, third]: Kit,
  sent: SentMessage,
): Promise<void> {
  const { ring } = await openKit(sealed, [second, third], { root, argon2id: io.argon2id })
  const body = readWith(ring, sent)
  stage.check('the recovered ring opens the first message of this story', saysExactly(body, sent.text))
  wipeRing(ring)
}

async function attackShares(stage: Stage, { io }: World, [first, second, third]: Kit): Promise<void> {
  const forged = forgedOf(second)
  const foreign = splitSecret(io.random.bytes(32), { threshold, numShares: 3, ...io })
  const tries: readonly [string, string, readonly ShareEnvelope[]][] = [
    ['one share alone', 'shamir/too-few-shares', [first]],
    ['one share given twice', 'shamir/too-few-shares', [first, first]],
    ['a share with x = 0, which would be the code itself', 'shamir/bad-index', [{ ...first, x: 0 }, second]],
    ['a forged share, and only one more', 'shamir/damaged-shares', [forged, third]],
    ["one share among a whole set of an attacker's own", 'shamir/mixed-sets', [...foreign, third]],
  ]
  for (const [what, code, shares] of tries) await stage.attack(what, code, () => combineShares(shares))
  await stage.attack('one mistyped character', 'shamir/invalid-share', () =>
    parseShareText(formatShare(third).replace(/.$/, last => (last === 'q' ? 'p' : 'q'))),
  )
  await stage.attack("an old answer, shown again to a drill's new question", 'shamir/bad-drill', () =>
    checkDrill(answerDrill(third, io.random.bytes(32)), io.random.bytes(32), first.root),
  )
}

async function attackExport(stage: Stage, { io }: World, sealed: Uint8Array): Promise<void> {
  await stage.attack('the export with a guessed code', 'open/failed', () =>
    importRing(sealed, encodeHex(new Uint8Array(32)), { argon2id: io.argon2id }),
  )
  await stage.attack('an export that asks for 1,000 rounds only', 'keyring/bad-phc', () =>
    parsePhc(`$pbkdf2-sha256$i=1000$${'A'.repeat(22)}`),
  )
}
