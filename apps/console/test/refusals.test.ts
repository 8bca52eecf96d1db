import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { coverWithKit, pairOf, say, sessionOf, threadOf, twoPeople } from './people.js'

async function writing() {
  const clinic = fakeClinic()
  const { doctor } = await twoPeople(clinic)
  await coverWithKit(doctor)
  await sessionOf(doctor).sync()
  return { clinic, doctor, composer: createComposer(sessionOf(doctor), pairOf(doctor)) }
}

const again = [
  { status: 401, code: 'signature/replayed' },
  { status: 400, code: 'request/cut-off' },
  { status: 401, code: 'signature/stale' },
]

describe('a refusal that says nothing of the message', () => {
  it.each(again)('$code is answered by the same with another nonce', async refusal => {
    const { clinic, doctor, composer } = await writing()
    const nonces: (string | undefined)[] = []
    clinic.between = request => {
      if (request.method === 'PUT')
        nonces.push(/nonce="([^"]+)"/.exec(request.headers.get('signature-input') ?? '')?.[1])
      return null
    }
    clinic.refusals.push(refusal)
    await say(composer, 'again')
    await sessionOf(doctor).sync()
    expect((await threadOf(doctor))[0]?.state).toBe('stored')
    expect(new Set(nonces).size).toBe(2)
  })

  it.each([
    ...again,
    { status: 401, code: 'signature/unknown-key' },
    { status: 401, code: 'signature/wrong' },
  ])('$code, given each time, leaves the message waiting with its reason', async refusal => {
    const { clinic, doctor, composer } = await writing()
    clinic.refuse = { ...refusal, retryMs: 0 }
    await say(composer, 'waits')
    await sessionOf(doctor).sync()
    const [row] = await threadOf(doctor)
    expect([row?.state, row?.why]).toEqual(['sealed', refusal.code])
    clinic.refuse = null
    await sessionOf(doctor).sync()
    const [after] = await threadOf(doctor)
    expect([after?.state, after?.why]).toEqual(['stored', ''])
  })

  it.each(['mailbox/full', 'server/full'])('%s is shown beside the message that waits', async code => {
    const { clinic, doctor, composer } = await writing()
    clinic.refuse = { status: 507, code, retryMs: 0 }
    await say(composer, 'waits')
    await sessionOf(doctor).sync()
    const [row] = await threadOf(doctor)
    expect([row?.state, row?.why]).toEqual(['sealed', code])
    clinic.refuse = null
    await sessionOf(doctor).sync()
    expect((await threadOf(doctor))[0]?.why).toBe('')
  })

  it('stops no other message when the reason cannot be noted on a full disk', async () => {
    const { clinic, doctor, composer } = await writing()
    clinic.refuse = { status: 507, code: 'mailbox/full', retryMs: 0 }
    await say(composer, 'waits')
    const { rows } = doctor.platform
    const { write } = rows
    rows.write = async () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    await sessionOf(doctor).sync()
    rows.write = write
    clinic.refuse = null
    await sessionOf(doctor).sync()
    expect((await threadOf(doctor))[0]?.state).toBe('stored')
  })
})
