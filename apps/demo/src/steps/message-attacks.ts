/** Part of a step: what an attacker does to messages in transit. */

import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { createRing } from '@chartseal/kdf-keyring'
import {
  type Binding,
  formatMessage,
  joinParts,
  openMessage,
  parseMessage,
  splitMessage,
} from '@chartseal/wire'
import { Correspondent } from '../correspondent.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count, flipped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

interface Target {
  readonly sealed: string
  readonly binding: Binding
  readonly receiver: Correspondent
}

export async function attackMessage(
  stage: Stage,
  world: World,
  { pair }: People,
  { sealed, binding, receiver }: Target,
): Promise<void> {
  const { random, clock } = world.io
  const message = parseMessage(sealed)
  stage.answer(
    'the same message once more',
    'not fresh',
    receiver.receive(sealed) === null ? 'not fresh' : 'shown',
  )
  await stage.attack('one flipped bit in the text', 'open/failed', () => receiver.open(flipped(message)))
  await stage.attack('one flipped bit in the counter', 'open/failed', () =>
    receiver.open(message.map((byte, i) => (i === 18 ? byte ^ 1 : byte))),
  )
  const attempts: readonly [string, Partial<Binding>][] = [
    ["read as another patient's", { patientId: 'another-patient' }],
    ['moved to another thread', { thread: 'another thread' }],
    ['sent back, as if the patient had written it', { sender: binding.recipient, recipient: binding.sender }],
  ]
  for (const [what, change] of attempts)
    await stage.attack(what, 'open/failed', () => receiver.named(change).open(message))
  await stage.attack('a key of random bytes', 'open/failed', () =>
    openMessage(AeadKey.generate(random), message, binding),
  )
  await stage.attack('a ring over another root', 'keyring/no-such-key', () => {
    const [own, peer] = [pair.patient, pair.doctor].map(({ signingKey }) => verifyingKeyOf(signingKey))
    const root = new SecretBytes(random.bytes(32))
    const { epoch: firstEpoch } = pair.patientRing
    const keys = { ownVerifyingKey: present(own), peerVerifyingKey: present(peer) }
    const ring = createRing({ root, ...keys, firstEpoch, nowMs: clock.nowMs() })
    return new Correspondent(pair.patient, ring, binding, world.io).open(message)
  })
  await stage.attack('a lax spelling of the same message', 'message/malformed', () =>
    receiver.receive(sealed.replace(/\]$/, '=]')),
  )
}

/** A chat that takes 4,096 characters, and delivers as it likes. */
export async function attackParts(
  stage: Stage,
  receiver: Correspondent,
  sealed: string,
  other: string,
): Promise<void> {
  const parts = splitMessage(parseMessage(sealed))
  const delivered = [...parts].reverse()
  const opened = receiver.receive(formatMessage(joinParts([...delivered, ...delivered.slice(0, 1)])))
  stage.check(
    `a message in ${count(parts.length, 'part')} for Telegram, delivered backwards and one of them twice, opens`,
    opened !== null && parts.every(part => part.length <= 4096),
  )
  const damaged = (part: string): string =>
    part.replace(/.(.{40})\]$/, (end, kept) => `${end[0] === 'A' ? 'B' : 'A'}${kept}]`)
  await stage.attack('a part that never came', 'message/missing-parts', () => joinParts(parts.slice(1)))
  await stage.attack('a part of another message among them', 'message/foreign-parts', () =>
    joinParts([
      ...parts.slice(1),
      ...splitMessage(parseMessage(other), Math.ceil(other.length / 2) + 40).slice(0, 1),
    ]),
  )
  await stage.attack('a part that was changed', 'message/wrong-set', () =>
    joinParts([damaged(present(parts[0])), ...parts.slice(1)]),
  )
}

/** Whether `part` occurs anywhere in `bytes`. */
export function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(bytes).includes(Buffer.from(part))
}
