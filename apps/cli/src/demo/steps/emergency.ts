/** Step: the master secret is split, and comes back from any two of three shares. */
import { equal } from '@chartseal/core/bytes'
import { SecretBytes } from '@chartseal/core/keys'
import { openWithRing } from '@chartseal/kdf-keyring/v1'
import { combine, type Share, split } from '@chartseal/shamir/v1'
import { open } from '@chartseal/wire/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { flipped, listed } from '../words.js'
import type { World } from '../world.js'
import { type Clinic, ringOf } from './keys.js'
import type { SentMessage } from './messages.js'

const threshold = 2
const holders = ['the doctor', 'the hospital', "the patient's lawyer"]

export async function breakGlass(
  stage: Stage,
  world: World,
  clinic: Clinic,
  sent: SentMessage,
): Promise<void> {
  const { random } = world.io
  const shares = split(clinic.masterSecret.reveal(), { threshold, numShares: holders.length, random })
  stage.note(`The master secret is split among ${listed(holders)}`)
  const [first, second, third] = [present(shares[0]), present(shares[1]), present(shares[2])]
  for (const pair of [
    [first, second],
    [first, third],
    [second, third],
  ])
    checkPair(stage, clinic, pair)
  await checkRecovered(stage, world, [second, third], sent)
  await clinic.trail.record('hospital', 'master secret recovered from two shares', clinic.patient.id)
  await attackShares(stage, [first, second, third])
}

function checkPair(stage: Stage, clinic: Clinic, pair: readonly Share[]): void {
  const names = pair.map(({ x }) => holders[x - 1]).join(' and ')
  const recovered = combine(pair, { threshold })
  stage.check(`${names} recover the secret`, equal(recovered, clinic.masterSecret.reveal()))
  recovered.fill(0)
}

/** Without doctor and patient: the recovered secret opens what was sealed before. */
async function checkRecovered(
  stage: Stage,
  world: World,
  pair: readonly Share[],
  sent: SentMessage,
): Promise<void> {
  const bytes = combine(pair, { threshold })
  using secret = new SecretBytes(bytes)
  bytes.fill(0)
  using ring = ringOf(secret, world.io.clock)
  const { plaintext } = await openWithRing(ring, key => open(key, sent.sealed))
  stage.check('the recovered secret opens the first message of this story', plaintext === sent.text)
}

async function attackShares(
  stage: Stage,
  [first, second, third]: readonly [Share, Share, Share],
): Promise<void> {
  const tries: readonly [string, string, readonly Share[]][] = [
    ['one share alone', 'shamir/too-few-shares', [first]],
    ['one share given twice', 'shamir/duplicate-index', [first, first]],
    [
      'a forged share with x = 0, which would be the secret itself',
      'shamir/bad-index',
      [{ ...first, x: 0 }, second],
    ],
    ['a share that was cut short', 'shamir/mixed-lengths', [first, { x: 2, y: second.y.subarray(1) }]],
    [
      'three shares, one of them changed',
      'shamir/inconsistent-shares',
      [first, second, { x: 3, y: flipped(third.y) }],
    ],
  ]
  for (const [what, code, shares] of tries)
    await stage.attack(what, code, () => combine(shares, { threshold }))
}
