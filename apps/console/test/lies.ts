/** What somebody who is paired can seal with programs of their own, and a clinic can carry. */
import { takeNextKey } from '@chartseal/clinic'
import { systemRandom as random } from '@chartseal/core/system'
import { type Body, sealMessage } from '@chartseal/wire'
import { patientIdOf } from '../dist/pairs/pair-row.js'
import { changePair } from '../dist/pairs/pairs.js'
import type { FakeClinic } from './fake-clinic.js'
import { type Person, pairOf, sessionOf } from './people.js'

/** Any body, sealed under the keys of this person's pair. */
export function sealAs(person: Person, body: Partial<Body>): Promise<Uint8Array> {
  const { unlocked } = sessionOf(person)
  const { clock } = unlocked
  const whole = {
    mediaType: 'text/plain;charset=utf-8',
    content: new Uint8Array(),
    sentAtMs: clock.nowMs(),
    ...body,
  }
  return changePair(unlocked, pairOf(person), pair => {
    const names = { patientId: patientIdOf(pair) }
    const { result, device } = takeNextKey(pair.device, whole.content.length, { names }, { clock, random })
    const bytes = sealMessage(result.key, result.binding, whole, random)
    return { result: bytes, pair: { ...pair, device: device ?? pair.device } }
  })
}

/** A clinic puts these bytes in the mailbox of this person. */
export function carry(clinic: FakeClinic, to: Person, ...all: readonly Uint8Array[]): void {
  const box = clinic.boxes.get(sessionOf(to).device.mailbox)
  for (const bytes of all) {
    const position = (box?.at(-1)?.position ?? 0) + 1
    const id = `lie-${position}`.padEnd(22, 'A')
    box?.push({ id, from: '', bytes, position, acknowledged: false })
  }
}
