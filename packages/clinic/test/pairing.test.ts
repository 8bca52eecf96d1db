import {
  acceptCode,
  confirmDigits,
  type Device,
  decodeDevice,
  encodeDevice,
  newDevice,
  parseCode,
  parseStep,
  showCode,
  takeAnswer,
  takeReveal,
  undoPairing,
} from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { systemRandom } from '@chartseal/core/system'
import { exportRing, newPbkdf2, readingKey, takeSealingKey } from '@chartseal/kdf-keyring'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { dayMs, done, pairDevices, startMs, worldAt } from './people.js'

const doctor = (): Device => newDevice('doctor', 'Dr. Okafor', systemRandom)
const patient = (): Device => newDevice('patient', 'Rosa', systemRandom)
const world = worldAt()

/** Both have confirmed. */
function colleagues(): readonly [Device, Device] {
  const shown = done(showCode(doctor(), world))
  const accepted = done(
    acceptCode(newDevice('doctor', 'Nurse Adeyemi', systemRandom), shown.result.uri, world),
  )
  const answered = done(takeAnswer(shown.device, parseStep('answer', accepted.result.answer), world))
  const revealed = done(takeReveal(accepted.device, parseStep('reveal', answered.result.reveal)))
  expect([answered.result.isColleague, revealed.result.isColleague]).toEqual([true, true])
  return [
    done(confirmDigits(answered.device, answered.result.digits, 'show', world)).device,
    done(confirmDigits(revealed.device, revealed.result.digits, 'accept', world)).device,
  ]
}

describe('pairing two devices', () => {
  it('says of a pair whether both are clinicians, also once it was stored', () => {
    const pair = pairDevices()
    expect([pair.doctor, pair.patient].map(({ isColleague }) => isColleague)).toEqual([false, false])
    const stored = colleagues().map(one => decodeDevice(encodeDevice(one)))
    expect(stored.map(({ isColleague, peerName }) => [isColleague, peerName])).toEqual([
      [true, 'Nurse Adeyemi'],
      [true, 'Dr. Okafor'],
    ])
    expect(decodeDevice(encodeDevice(pair.doctor)).isColleague).toBe(false)
  })

  it('makes one ring: what one seals the other reads', () => {
    const pair = pairDevices()
    if (pair.doctor.ring === null || pair.patient.ring === null) throw new Error('not paired')
    const { kid, key } = takeSealingKey(pair.doctor.ring, 1, startMs).sealing
    expect(readingKey(pair.patient.ring, kid).key.reveal()).toEqual(key.reveal())
    expect([pair.doctor.peerName, pair.patient.peerName]).toEqual(['Rosa', 'Dr. Okafor'])
  })

  it('keeps nothing of the pairing once it is confirmed, and nothing once it is void', () => {
    const pair = pairDevices()
    expect([pair.doctor.pairing, pair.patient.pairing]).toEqual([null, null])
    const [shown] = pair.before
    const void1 = confirmDigits(shown, '00000000', 'show', world)
    expect(void1).toMatchObject({ refusal: { code: 'pairing/digits-differ' }, device: { pairing: null } })
    const other = done(acceptCode(patient(), done(showCode(doctor(), world)).result.uri, world))
    expect(other.device.pairing).not.toBeNull()
  })

  it('gives the same answer to a code that comes twice, also after the reveal, and another one to another code', () => {
    const shown = done(showCode(doctor(), world))
    const { uri } = shown.result
    const first = done(acceptCode(patient(), uri, world))
    const again = acceptCode(decodeDevice(encodeDevice(first.device)), uri, world)
    expect(again).toEqual({ result: first.result, device: null })
    const { reveal, digits } = done(
      takeAnswer(shown.device, parseStep('answer', again.result.answer), world),
    ).result
    const revealed = done(takeReveal(first.device, parseStep('reveal', reveal)))
    expect(acceptCode(revealed.device, uri, world).device).toBeNull()
    expect(done(confirmDigits(revealed.device, digits, 'accept', world)).result).toBe('Dr. Okafor')
    const other = done(showCode(doctor(), world)).result.uri
    expect(done(acceptCode(first.device, other, world)).result).not.toEqual(first.result)
  })

  it('is void after a second answer to one code', () => {
    const shown = done(showCode(doctor(), world))
    const answers = [patient(), patient()].map(one =>
      parseStep('answer', done(acceptCode(one, shown.result.uri, world)).result.answer),
    )
    const [first = new Uint8Array(), second = new Uint8Array()] = answers
    const taken = done(takeAnswer(shown.device, first, world))
    expect(done(takeAnswer(taken.device, first, world)).result).toEqual(taken.result)
    expect(takeAnswer(taken.device, second, world)).toMatchObject({
      refusal: { code: 'keyring/pairing-void' },
      device: { pairing: null },
    })
  })

  it('passes on what a message itself is refused for, and stays as it was', async () => {
    const shown = done(showCode(doctor(), world))
    expect(await codeOf(() => takeAnswer(shown.device, Uint8Array.of(1), world))).toBe(
      'keyring/pairing-invalid',
    )
    const accepted = done(acceptCode(patient(), shown.result.uri, world))
    const wrong = () => takeReveal(accepted.device, new Uint8Array(96))
    expect(await codeOf(wrong)).toBe('keyring/pairing-mismatch')
    expect(await codeOf(() => acceptCode(patient(), shown.result.uri, worldAt(startMs + dayMs)))).toBe(
      'keyring/pairing-expired',
    )
  })

  it('reads the last code, answer or reveal of a text, however it was pasted', async () => {
    const [first, second] = [doctor(), doctor()].map(one => done(showCode(one, world)).result.uri)
    expect(parseCode(`${first}\nsorry, this one: ${second}`)).toBe(second)
    expect(await codeOf(() => parseStep('reveal', `${first}`))).toBe('pasted/other-kind')
    expect(await codeOf(() => parseCode(''))).toBe('pasted/empty')
  })

  it('takes eight digits in any grouping and script, and no others', async () => {
    const [shown] = pairDevices().before
    const digits = done(takeAnswer(shown, parseStepOf(shown), world)).result.digits
    const wide = [...digits.replace(' ', '')]
      .map(digit => String.fromCodePoint(0xff10 + Number(digit)))
      .join('')
    for (const typed of [digits, digits.replace(' ', '-'), ` ${digits} `, wide]) {
      expect(done(confirmDigits(shown, typed, 'show', world)).result).toBe('Rosa')
    }
    for (const typed of ['', '12', digits.slice(1), `${digits}1`, 'abcdefgh']) {
      expect(() => confirmDigits(shown, typed, 'show', world)).toThrow(RangeError)
    }
  })

  it('makes no ring when the clock was put right by months meanwhile', async () => {
    const future = worldAt(Date.UTC(2046, 0, 15))
    const shown = done(showCode(doctor(), future))
    const accepted = done(acceptCode(patient(), shown.result.uri, future))
    const answered = done(takeAnswer(shown.device, parseStep('answer', accepted.result.answer), future))
    const { digits } = answered.result
    expect(await codeOf(() => confirmDigits(answered.device, digits, 'show', world))).toBe(
      'keyring/ahead-of-clock',
    )
  })
})

const parseStepOf = ({ pairing }: Device): Uint8Array => {
  if (pairing?.side !== 'show' || pairing.answer === null) throw new Error('no answer')
  return pairing.answer.bytes
}

describe('a step that is not due', () => {
  const due = (attempt: () => unknown): unknown => {
    try {
      attempt()
    } catch (error) {
      expect(error).toMatchObject({ code: 'pairing/nothing-begun' })
      return error instanceof ChartsealError ? error.context : null
    }
    return 'accepted'
  }
  const named = (step: string, words: string): unknown =>
    expect.objectContaining({ step, due: expect.stringContaining(words) })

  it('names the one that is', () => {
    const shown = done(showCode(doctor(), world))
    const accepted = done(acceptCode(patient(), shown.result.uri, world))
    const pair = pairDevices()
    const bytes = new Uint8Array(96)
    expect(due(() => confirmDigits(doctor(), '1', 'show', world))).toEqual(
      named('begin', 'begin with a code'),
    )
    expect(due(() => takeAnswer(doctor(), bytes, world))).toMatchObject({ side: 'show', step: 'begin' })
    expect(due(() => takeReveal(patient(), bytes))).toMatchObject({ side: 'accept', step: 'begin' })
    expect(due(() => takeReveal(shown.device, bytes))).toEqual(named('goes-on', 'shows the code'))
    expect(due(() => takeAnswer(accepted.device, bytes, world))).toEqual(named('goes-on', 'reads the code'))
    expect(due(() => confirmDigits(shown.device, '1', 'show', world))).toEqual(named('answer', 'comes first'))
    expect(due(() => confirmDigits(accepted.device, '1', 'accept', world))).toEqual(
      named('reveal', 'comes first'),
    )
    expect(due(() => confirmDigits(pair.doctor, '1', 'show', world))).toEqual(
      named('none', 'paired with Rosa already'),
    )
    expect(due(() => undoPairing(doctor()))).toEqual(named('none', 'no pairing to undo'))
  })

  it('is refused by name in a folder that is paired', async () => {
    const pair = pairDevices()
    expect(await codeOf(() => showCode(pair.doctor, world))).toBe('ring/paired')
    const { uri } = done(showCode(doctor(), world)).result
    expect(await codeOf(() => acceptCode(pair.patient, uri, world))).toBe('ring/paired')
  })
})

describe('undoing a pairing', () => {
  it('gives up one in progress, or one that has done nothing', () => {
    const pair = pairDevices()
    expect(done(undoPairing(pair.before[0]))).toMatchObject({
      result: 'in-progress',
      device: { pairing: null },
    })
    const undone = done(undoPairing(pair.doctor))
    expect(undone).toMatchObject({ result: 'finished', device: { ring: null, peerName: '' } })
    expect(undone.device.self).toBe(pair.doctor.self)
  })

  it('keeps a ring that has sealed, opened, or was exported', async () => {
    const { doctor: device } = pairDevices()
    if (device.ring === null) throw new Error('not paired')
    const sealed = { ...device, ring: takeSealingKey(device.ring, 1, startMs).ring }
    const window = { epoch: device.ring.epoch, window: { next: 1n, seen: 1n } }
    const opened = { ...device, windows: new Map([['00', window]]) }
    const exported = await exportRing(device.ring, 'words', { parameters: newPbkdf2(systemRandom) })
    for (const used of [sealed, opened, { ...device, ring: exported.ring }]) {
      expect(await codeOf(() => undoPairing(used))).toBe('ring/in-use')
    }
  })
})
