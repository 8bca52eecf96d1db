import { decodeAccessEntry, openAccessEntry } from '@chartseal/audit/access'
import { rosterDigest, rosterMessage } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { parseVerifierKey } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { createDeviceClient } from '../dist/clinic/client.js'
import {
  asJson,
  name16,
  octets,
  origin,
  problemCode,
  startMs,
  type TestClinic,
  type TestDevice,
  testClinic,
  text,
} from './api-world.js'

const later = { clock: { nowMs: () => startMs }, random: systemRandom }

describe('first contact', () => {
  it('tells what the clinic is, its clock and its limits', async () => {
    const { ask } = await testClinic()
    const answer = await (await ask('GET', '/v1/clinic')).json()
    expect(answer).toMatchObject({
      v: 1,
      name: 'Test clinic',
      origin,
      now_ms: startMs,
      roster_seq: null,
      console: null,
    })
    expect(answer.log).toMatchObject({ origin: 'clinic.example/log', policy: null })
  })

  it('is ready until it stops', async () => {
    const { ask, clinic } = await testClinic()
    expect((await ask('GET', '/livez')).status).toBe(200)
    expect((await ask('GET', '/readyz')).status).toBe(200)
    clinic.stop()
    const answer = await ask('GET', '/readyz')
    expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close'])
  })

  it('gives every answer the strict headers, refusals too', async () => {
    const { ask } = await testClinic()
    for (const path of ['/v1/clinic', '/nothing', '/v1/events', '/livez']) {
      const { headers } = await ask('GET', path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types chartseal",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=/)
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    }
  })
})

describe('enrolling a device', () => {
  it('takes an invitation once, and gives the same answer to the same device', async () => {
    const { as, invitation } = await testClinic()
    const device = createDeviceClient(origin, later)
    const path = `/v1/devices/${device.kid}`
    const body = device.enrolment(await invitation('doctor'))
    const first = await as(device, 'PUT', path, body, asJson)
    expect(first.status).toBe(200)
    const answer = await first.json()
    expect(answer).toMatchObject({ kid: device.kid, role: 'doctor', enrolled_ms: startMs })
    expect(await (await as(device, 'PUT', path, body, asJson)).json()).toEqual(answer)
    const other = createDeviceClient(origin, later)
    const { invitation: used } = JSON.parse(new TextDecoder().decode(body))
    const refused = await as(other, 'PUT', `/v1/devices/${other.kid}`, other.enrolment(used), asJson)
    expect([refused.status, await problemCode(refused)]).toEqual([403, 'invitation/unknown'])
  })

  it('lets one of two devices in that use an invitation at once', async () => {
    const { as, invitation } = await testClinic()
    const token = await invitation()
    const devices = Array.from({ length: 4 }, () => createDeviceClient(origin, later))
    const answers = await Promise.all(
      devices.map(one => as(one, 'PUT', `/v1/devices/${one.kid}`, one.enrolment(token), asJson)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403])
  })

  it('refuses an invitation that is too old, or that nobody made', async () => {
    const { as, invitation, clock } = await testClinic()
    const token = await invitation()
    const enrol = async (one: string): Promise<string> => {
      const device = createDeviceClient(origin, { clock, random: systemRandom })
      return problemCode(await as(device, 'PUT', `/v1/devices/${device.kid}`, device.enrolment(one), asJson))
    }
    expect(await enrol(encodeBase64Url(systemRandom.bytes(32)))).toBe('invitation/unknown')
    clock.advance(7 * 86_400_000)
    expect(await enrol(token)).toBe('invitation/unknown')
  })

  it('wants the proof that the device has its key', async () => {
    const { as, invitation } = await testClinic()
    const [device, thief] = [createDeviceClient(origin, later), createDeviceClient(origin, later)]
    const path = `/v1/devices/${device.kid}`
    const body = device.enrolment(await invitation())
    expect(await problemCode(await as(thief, 'PUT', path, body, asJson))).toBe('request/invalid')
    const stolen = { ...thief, headers: async () => ({ ...(await thief.headers('PUT', path, body)) }) }
    const headers = await stolen.headers()
    const lying = { ...headers, 'signature-input': headers['signature-input'].replace(thief.kid, device.kid) }
    expect(
      await problemCode(await as({ ...device, headers: async () => lying }, 'PUT', path, body, asJson)),
    ).toBe('signature/wrong')
  })

  it('refuses other keys under an enrolled kid', async () => {
    const { as, enrol, invitation } = await testClinic()
    const device = await enrol()
    const body = text(
      JSON.stringify({
        ...JSON.parse(new TextDecoder().decode(device.enrolment(await invitation()))),
        noise: encodeBase64Url(systemRandom.bytes(32)),
      }),
    )
    expect(await problemCode(await as(device, 'PUT', `/v1/devices/${device.kid}`, body, asJson))).toBe(
      'device/conflict',
    )
  })
})

describe('ending a device', () => {
  it('is done by the device itself, for ever, and said again', async () => {
    const { as, ask, enrol, invitation } = await testClinic()
    const [device, sender] = [await enrol(), await enrol()]
    const path = `/v1/devices/${device.kid}`
    expect((await as(device, 'DELETE', path)).status).toBe(204)
    expect((await as(device, 'DELETE', path)).status).toBe(204)
    expect(await problemCode(await as(device, 'GET', `/v1/mailboxes/${device.mailbox}`))).toBe('device/ended')
    const message = `/v1/mailboxes/${device.mailbox}/${name16()}`
    expect(await problemCode(await as(sender, 'PUT', message, text('x')))).toBe('mailbox/ended')
    expect(await problemCode(await ask('PUT', message, { body: 'x', headers: octets }))).toBe('mailbox/ended')
    const again = await as(device, 'PUT', path, device.enrolment(await invitation()), asJson)
    expect(await problemCode(again)).toBe('device/ended')
    expect(await problemCode(await as(device, 'DELETE', `/v1/devices/${sender.kid}`))).toBe('device/ended')
  })

  it('is done by an officer, and by nobody else', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [doctor, patient, other] = [await enrol('doctor'), await enrol(), await enrol()]
    expect(await problemCode(await as(other, 'DELETE', `/v1/devices/${patient.kid}`))).toBe(
      'signature/not-allowed',
    )
    await publishFirst(world, [doctor])
    expect((await as(doctor, 'DELETE', `/v1/devices/${patient.kid}`)).status).toBe(204)
    expect(await problemCode(await as(other, 'DELETE', `/v1/devices/${doctor.kid}`))).toBe(
      'signature/not-allowed',
    )
    expect(await problemCode(await as(doctor, 'DELETE', `/v1/devices/${other.kid.slice(0, -2)}AA`))).toBe(
      'device/missing',
    )
  })
})

/** Signs a roster as officers do. `DeviceClient` signs requests only, so officers of these tests have keys of their own. */
interface Officer {
  readonly kid: string
  sign(textOfRoster: Uint8Array): string
}

async function officer(world: TestClinic, role: 'doctor' | 'patient' = 'doctor'): Promise<Officer> {
  const key = SigningKey.generate(systemRandom)
  const kid = thumbprintOf(verifyingKeyOf(key))
  const identity = encodeBase64Url(verifyingKeyOf(key))
  const { store } = world.clinic
  const keys = encodeUtf8(JSON.stringify({ v: 1, identity, noise: encodeBase64Url(systemRandom.bytes(32)) }))
  await store.devices.add({ kid, role, keys, box: name16(), addedMs: startMs })
  return { kid, sign: message => encodeBase64Url(sign(key, rosterMessage(message))) }
}

interface RosterFields {
  readonly seq: number
  readonly previous: string
  readonly officers: readonly string[]
  readonly threshold?: number
  readonly origin?: string
}

function rosterText({
  seq,
  previous,
  officers,
  threshold = 1,
  origin: from = origin,
}: RosterFields): Uint8Array {
  return text(JSON.stringify({ v: 1, origin: from, seq, previous, officers, threshold, people: [] }))
}

function signedBy(message: Uint8Array, officers: readonly Officer[]): Uint8Array {
  const signatures = officers.map(one => ({ kid: one.kid, signature: one.sign(message) }))
  return text(JSON.stringify({ roster: encodeBase64Url(message), signatures }))
}

const putRoster = ({ ask }: TestClinic, seq: number, body: Uint8Array): Promise<Response> =>
  ask('PUT', `/v1/roster/${seq}`, { body: new Uint8Array(body), headers: asJson })

async function publishFirst(world: TestClinic, others: readonly TestDevice[]): Promise<Officer> {
  const first = await officer(world)
  const message = rosterText({ seq: 1, previous: '', officers: [first.kid, ...others.map(({ kid }) => kid)] })
  expect((await putRoster(world, 1, signedBy(message, [first]))).status).toBe(200)
  return first
}

describe('the roster', () => {
  it('is passed on as it was signed, and the same again is the same', async () => {
    const world = await testClinic()
    expect((await world.ask('GET', '/v1/roster')).status).toBe(404)
    const first = await officer(world)
    const body = signedBy(rosterText({ seq: 1, previous: '', officers: [first.kid] }), [first])
    for (let i = 0; i < 2; i++) {
      const answer = await putRoster(world, 1, body)
      expect([answer.status, new Uint8Array(await answer.arrayBuffer())]).toEqual([200, new Uint8Array(body)])
    }
    expect(new Uint8Array(await (await world.ask('GET', '/v1/roster')).arrayBuffer())).toEqual(
      new Uint8Array(body),
    )
    expect((await (await world.ask('GET', '/v1/clinic')).json()).roster_seq).toBe(1)
  })

  it('is decided by the officers and the threshold of the one before', async () => {
    const world = await testClinic()
    const [a, b, c] = [await officer(world), await officer(world), await officer(world)]
    const one = rosterText({ seq: 1, previous: '', officers: [a.kid, b.kid], threshold: 2 })
    expect(await problemCode(await putRoster(world, 1, signedBy(one, [a])))).toBe('roster/not-signed')
    expect((await putRoster(world, 1, signedBy(one, [a, b]))).status).toBe(200)
    const two = rosterText({ seq: 2, previous: rosterDigest(one), officers: [c.kid] })
    expect(await problemCode(await putRoster(world, 2, signedBy(two, [c])))).toBe('roster/not-signed')
    expect(await problemCode(await putRoster(world, 2, signedBy(two, [a, a])))).toBe('roster/not-signed')
    expect((await putRoster(world, 2, signedBy(two, [b, a]))).status).toBe(200)
  })

  it('has no gaps, no forks, and no first one that patients made', async () => {
    const world = await testClinic()
    const [a, patient] = [await officer(world), await officer(world, 'patient')]
    const byPatient = rosterText({ seq: 1, previous: '', officers: [patient.kid] })
    expect(await problemCode(await putRoster(world, 1, signedBy(byPatient, [patient])))).toBe(
      'roster/not-signed',
    )
    const one = rosterText({ seq: 1, previous: '', officers: [a.kid] })
    const cases: [string, number, Uint8Array][] = [
      ['roster/gap', 2, rosterText({ seq: 2, previous: rosterDigest(one), officers: [a.kid] })],
      ['roster/gap', 1, rosterText({ seq: 1, previous: rosterDigest(one), officers: [a.kid] })],
      ['request/invalid', 2, one],
      [
        'roster/invalid',
        1,
        rosterText({ seq: 1, previous: '', officers: [a.kid], origin: 'https://other.example' }),
      ],
      ['roster/invalid', 1, rosterText({ seq: 1, previous: '', officers: [a.kid], threshold: 2 })],
    ]
    for (const [code, seq, message] of cases)
      expect(await problemCode(await putRoster(world, seq, signedBy(message, [a])))).toBe(code)
    expect((await putRoster(world, 1, signedBy(one, [a]))).status).toBe(200)
    const other = rosterText({ seq: 1, previous: '', officers: [a.kid, patient.kid] })
    expect(await problemCode(await putRoster(world, 1, signedBy(other, [a])))).toBe('roster/conflict')
  })
})

describe('slots', () => {
  const path = (): string => `/v1/slots/${name16()}/offer`
  const put = ({ ask }: TestClinic, at: string, body: string): Promise<Response> =>
    ask('PUT', at, { body, headers: octets })

  it('give a step out once', async () => {
    const world = await testClinic()
    const at = path()
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/empty')
    expect(await (await put(world, at, 'offer')).json()).toEqual({ kept_ms: 600_000 })
    expect((await put(world, at, 'offer')).status).toBe(200)
    expect(await problemCode(await put(world, at, 'other'))).toBe('slot/conflict')
    expect(await (await world.ask('GET', at)).text()).toBe('offer')
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/read')
    expect((await put(world, at, 'offer')).status).toBe(200)
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/read')
  })

  it('forget a step after ten minutes', async () => {
    const world = await testClinic()
    const at = path()
    await put(world, at, 'offer')
    world.clock.advance(600_000)
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/empty')
  })

  it('wake a reader who waits', async () => {
    const world = await testClinic()
    const at = path()
    const waiting = world.ask('GET', `${at}?wait=25`)
    await put(world, at, 'offer')
    expect(await (await waiting).text()).toBe('offer')
  })

  it('take sixteen steps', async () => {
    const world = await testClinic()
    const slot = name16()
    for (let i = 0; i < 16; i++) expect((await put(world, `/v1/slots/${slot}/s${i}`, 'x')).status).toBe(200)
    expect(await problemCode(await put(world, `/v1/slots/${slot}/s16`, 'x'))).toBe('slot/full')
  })
})

describe('a mailbox', () => {
  const list = async (
    { as }: TestClinic,
    device: TestDevice,
    query = '',
  ): Promise<{
    messages: { id: string; position: number; from: string | null; body: string }[]
    more: boolean
  }> => {
    const answer = await as(device, 'GET', `/v1/mailboxes/${device.mailbox}${query}`)
    expect(answer.status).toBe(200)
    return answer.json()
  }

  it('keeps a message until its owner acknowledges, and tells the sender', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [sender, owner] = [await enrol('doctor'), await enrol()]
    const path = `/v1/mailboxes/${owner.mailbox}/${name16()}`
    const stored = await (await as(sender, 'PUT', path, text('sealed'))).json()
    expect(await (await as(sender, 'PUT', path, text('sealed'))).json()).toEqual(stored)
    for (let i = 0; i < 2; i++) {
      const { messages, more } = await list(world, owner)
      expect(more).toBe(false)
      expect(messages).toMatchObject([
        { position: stored.position, from: sender.kid, body: encodeBase64Url(text('sealed')) },
      ])
    }
    expect(await (await as(sender, 'GET', path)).json()).toMatchObject({ state: 'stored' })
    for (let i = 0; i < 2; i++) expect((await as(owner, 'DELETE', path)).status).toBe(204)
    expect(await (await as(sender, 'GET', path)).json()).toMatchObject({ state: 'delivered' })
    expect((await list(world, owner)).messages).toEqual([])
    expect(await (await as(sender, 'PUT', path, text('sealed'))).json()).toEqual(stored)
  })

  it('takes messages of whoever knows it, and says that nobody signed', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const path = `/v1/mailboxes/${owner.mailbox}/${name16()}`
    expect((await world.ask('PUT', path, { body: 'sealed', headers: octets })).status).toBe(200)
    expect((await list(world, owner)).messages).toMatchObject([{ from: null }])
    expect(await problemCode(await world.ask('PUT', path, { body: 'other', headers: octets }))).toBe(
      'mailbox/conflict',
    )
    const signed = await world.as(owner, 'PUT', path, text('sealed'))
    expect(await problemCode(signed)).toBe('mailbox/conflict')
  })

  it('gives pages in order', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const ids = Array.from({ length: 7 }, name16)
    for (const id of ids) await world.as(owner, 'PUT', `/v1/mailboxes/${owner.mailbox}/${id}`, text(id))
    const seen: string[] = []
    for (let after = 0, more = true; more; ) {
      const page = await list(world, owner, `?after=${after}&limit=3`)
      seen.push(...page.messages.map(({ id }) => id))
      after = page.messages.at(-1)?.position ?? after
      more = page.more
    }
    expect(seen).toEqual(ids)
  })

  it('says that there may be more when a page is full of large messages', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const large = new Uint8Array(1_048_576)
    for (let i = 0; i < 5; i++)
      expect((await world.as(owner, 'PUT', `/v1/mailboxes/${owner.mailbox}/${name16()}`, large)).status).toBe(
        200,
      )
    const first = await list(world, owner)
    expect(first.more).toBe(true)
    const rest = await list(world, owner, `?after=${first.messages.at(-1)?.position}`)
    expect(first.messages.length + rest.messages.length).toBe(5)
  })

  it('belongs to its owner alone', async () => {
    const world = await testClinic()
    const [owner, other] = [await world.enrol(), await world.enrol('doctor')]
    const path = `/v1/mailboxes/${owner.mailbox}/${name16()}`
    await world.as(owner, 'PUT', path, text('x'))
    expect(await problemCode(await world.as(other, 'GET', `/v1/mailboxes/${owner.mailbox}`))).toBe(
      'signature/not-allowed',
    )
    expect(await problemCode(await world.as(other, 'DELETE', path))).toBe('signature/not-allowed')
    expect(await problemCode(await world.as(other, 'GET', path))).toBe('mailbox/no-message')
    for (const method of ['GET', 'DELETE'])
      expect(await problemCode(await world.ask(method, path))).toBe('signature/missing')
    const nowhere = `/v1/mailboxes/${name16()}`
    expect(await problemCode(await world.as(other, 'GET', nowhere))).toBe('mailbox/missing')
    expect(await problemCode(await world.as(other, 'PUT', `${nowhere}/${name16()}`, text('x')))).toBe(
      'mailbox/missing',
    )
  })

  it('gives one answer to the same message many times at once', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const path = `/v1/mailboxes/${owner.mailbox}/${name16()}`
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.as(owner, 'PUT', path, text('x'))),
    )
    const bodies = await Promise.all(answers.map(one => one.text()))
    expect(new Set(bodies).size).toBe(1)
    expect((await list(world, owner)).messages).toHaveLength(1)
  })
})

describe('events', () => {
  const reading = (answer: Response): (() => Promise<string>) => {
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let kept = ''
    return async () => {
      while (!kept.includes('\n\n')) kept += (await reader?.read())?.value ?? '\n\n'
      const end = kept.indexOf('\n\n')
      const event = kept.slice(0, end)
      kept = kept.slice(end + 2)
      return event
    }
  }

  it('wake the owner, tell the sender, and end with the server', async () => {
    const world = await testClinic()
    const [sender, owner] = [await world.enrol(), await world.enrol()]
    const [ofOwner, ofSender] = [
      await world.as(owner, 'GET', '/v1/events'),
      await world.as(sender, 'GET', '/v1/events'),
    ]
    expect([ofOwner.headers.get('content-type'), ofOwner.headers.get('x-accel-buffering')]).toEqual([
      'text/event-stream',
      'no',
    ])
    const [next, told] = [reading(ofOwner), reading(ofSender)]
    expect([await next(), await told()]).toEqual(Array(2).fill('retry: 3000\nevent: ready\ndata: {}'))
    const id = name16()
    await world.as(sender, 'PUT', `/v1/mailboxes/${owner.mailbox}/${id}`, text('x'))
    expect(await next()).toBe(`event: message\ndata: {"mailbox":"${owner.mailbox}"}`)
    await world.as(owner, 'DELETE', `/v1/mailboxes/${owner.mailbox}/${id}`)
    expect(await told()).toBe(`event: delivered\ndata: {"mailbox":"${owner.mailbox}","id":"${id}"}`)
    world.clinic.events.resync()
    expect(await next()).toBe('event: resync\ndata: {}')
    world.clinic.events.endAll(1_500)
    expect(await next()).toBe('event: bye\ndata: {"retry_ms":1500}')
    expect(await next()).toBe('')
  })

  it('are four streams for a device, and the oldest ends', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const streams: Response[] = []
    for (let i = 0; i < 5; i++) streams.push(await world.as(owner, 'GET', '/v1/events'))
    expect(world.clinic.events.streams).toBe(4)
    const [first] = streams
    if (first === undefined) throw new Error('no stream')
    expect(await first.text()).toContain('event: ready')
    await streams[1]?.body?.cancel()
    expect(world.clinic.events.streams).toBe(3)
  })

  it('end for a device that is ended, and for a reader who does not read', async () => {
    const world = await testClinic()
    const [owner, slow] = [await world.enrol(), await world.enrol()]
    const stream = await world.as(owner, 'GET', '/v1/events')
    await world.as(owner, 'DELETE', `/v1/devices/${owner.kid}`)
    expect(await stream.text()).toContain('event: ready')
    await world.as(slow, 'GET', '/v1/events')
    for (let i = 0; i < 2_000; i++) world.clinic.events.message(slow.mailbox)
    expect(world.clinic.events.streams).toBe(0)
  })
})

describe('the log of the clinic', () => {
  const entriesOf = async (
    { as }: TestClinic,
    device: TestDevice,
    query = '',
  ): Promise<{ index: number; id: string; salt: string; entry: string }[]> =>
    (await (await as(device, 'GET', `/v1/entries${query}`)).json()).entries

  it('has an entry of each access, which its parties open with a receipt', async () => {
    const world = await testClinic()
    const { as, clinic, enrol } = world
    const [sender, owner, other] = [await enrol('doctor'), await enrol(), await enrol()]
    const id = name16()
    const path = `/v1/mailboxes/${owner.mailbox}/${id}`
    await as(sender, 'PUT', path, text('sealed'))
    await as(owner, 'GET', `/v1/mailboxes/${owner.mailbox}`)
    await as(owner, 'DELETE', path)
    const seen = await entriesOf(world, sender)
    const acts = seen.map(({ entry }) => decodeAccessEntry(decodeBase64Url(entry)))
    expect(acts).toEqual([
      { act: 'device-enrolled', by: sender.kid, box: '', ids: [], device: '' },
      { act: 'message-stored', by: sender.kid, box: owner.mailbox, ids: [id], device: '' },
      { act: 'messages-given', by: owner.kid, box: owner.mailbox, ids: [id], device: '' },
      { act: 'message-acknowledged', by: owner.kid, box: owner.mailbox, ids: [id], device: '' },
    ])
    expect((await entriesOf(world, other)).length).toBe(1)
    await clinic.log.publish()
    const trust = {
      log: parseVerifierKey((await (await world.ask('GET', '/v1/clinic')).json()).log.verifier_key),
    }
    for (const { id: entryId, index, salt, entry } of seen) {
      const receipt = await (await as(sender, 'GET', `/v1/entries/${entryId}/receipt`)).text()
      const opened = openAccessEntry(
        { receipt, salt: decodeBase64Url(salt), entry: decodeBase64Url(entry) },
        trust,
      )
      expect(opened.index).toBe(index)
      expect(await problemCode(await as(other, 'GET', `/v1/entries/${entryId}/receipt`))).toBe(
        'entry/missing',
      )
    }
  })

  it('says later that an entry is not published yet', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const [entry] = await entriesOf(world, owner)
    const answer = await world.as(owner, 'GET', `/v1/entries/${entry?.id}/receipt`)
    expect([answer.status, answer.headers.get('retry-after'), await problemCode(answer)]).toEqual([
      503,
      '1',
      'entry/not-published',
    ])
  })

  it('takes entries that clients sealed, and finds them by subject', async () => {
    const world = await testClinic()
    const [owner, other] = [await world.enrol(), await world.enrol()]
    const [id, subject] = [name16(), name16()]
    const path = `/v1/entries/${id}?subject=${subject}`
    const { index } = await (await world.as(owner, 'PUT', path, text('sealed'))).json()
    expect(await (await world.as(owner, 'PUT', path, text('sealed'))).json()).toEqual({ index })
    expect(await problemCode(await world.as(owner, 'PUT', path, text('other')))).toBe('entry/conflict')
    const expected = [{ index, id, salt: null, entry: encodeBase64Url(text('sealed')) }]
    expect(await entriesOf(world, other, `?subject=${subject}`)).toEqual(expected)
    expect(await entriesOf(world, other, `?subject=${name16()}`)).toEqual([])
    expect(await entriesOf(world, owner, `?after=${index - 1}`)).toEqual(expected)
    await world.clinic.log.publish()
    const receipt = await world.as(other, 'GET', `/v1/entries/${id}/receipt?subject=${subject}`)
    expect(await receipt.text()).toContain('c2sp.org/tlog-proof@v1')
  })

  it('is served as C2SP tlog-tiles', async () => {
    const world = await testClinic()
    await world.enrol()
    await world.clinic.log.publish()
    const checkpoint = await world.ask('GET', '/log/checkpoint')
    expect(await checkpoint.text()).toMatch(/^clinic\.example\/log\n2\n/)
    expect(checkpoint.headers.get('cache-control')).toBe('no-cache')
    for (const path of ['/log/tile/0/000.p/2', '/log/tile/entries/000.p/2']) {
      const tile = await world.ask('GET', path)
      expect([tile.status, tile.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ])
    }
    for (const path of [
      '/log/tile/0/001',
      '/log/.state/signed',
      '/log/tile/../.state/journal.0000000000000000',
      '/log/tile/0/000.p/0',
    ])
      expect((await world.ask('GET', path)).status).toBeGreaterThanOrEqual(400)
  })
})
