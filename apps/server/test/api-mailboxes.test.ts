import { type AccessEntry, decodeAccessEntry } from '@chartseal/audit/access'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import {
  name16,
  octets,
  problemCode,
  type TestClinic,
  type TestDevice,
  testClinic,
  text,
} from './api-world.js'

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

  it('tells each sender of their own messages alone, and once', async () => {
    const world = await testClinic()
    const { as, enrol, ask } = world
    const [owner, one, other] = [await enrol(), await enrol('doctor'), await enrol('doctor')]
    const ids = [name16(), name16(), name16(), name16()]
    for (const [i, device] of [one, other, one].entries())
      await as(device, 'PUT', `/v1/mailboxes/${owner.mailbox}/${ids[i]}`, text('x'))
    await ask('PUT', `/v1/mailboxes/${owner.mailbox}/${ids[3]}`, { body: 'x', headers: octets })
    const { size } = world.clinic.log
    for (let i = 0; i < 3; i++) expect((await list(world, owner)).messages).toHaveLength(4)
    expect(world.clinic.log.size).toBe(size + 3)
    const given = async (device: TestDevice): Promise<readonly (readonly string[])[]> => {
      const { entries } = await (await as(device, 'GET', '/v1/entries')).json()
      const opened = entries.map((each: { entry: string }) => decodeAccessEntry(decodeBase64Url(each.entry)))
      return opened
        .filter(({ act }: AccessEntry) => act === 'messages-given')
        .map((entry: AccessEntry) => entry.ids)
    }
    expect([await given(one), await given(other)]).toEqual([[[ids[0], ids[2]]], [[ids[1]]]])
    expect((await given(owner)).flat().toSorted()).toEqual(ids.toSorted())
    // Two at once leave one entry of what came since.
    await as(one, 'PUT', `/v1/mailboxes/${owner.mailbox}/${name16()}`, text('x'))
    const before = world.clinic.log.size
    await Promise.all([list(world, owner), list(world, owner)])
    expect(world.clinic.log.size).toBe(before + 1)
  })

  it('says that its device has ended, for as long as a message waits there and after', async () => {
    const world = await testClinic()
    const { as, enrol, clinic, clock } = world
    const [sender, owner] = [await enrol('doctor'), await enrol()]
    const [path, read] = [name16(), name16()].map(id => `/v1/mailboxes/${owner.mailbox}/${id}`)
    for (const at of [path, read]) await as(sender, 'PUT', `${at}`, text('x'))
    await as(owner, 'DELETE', `${read}`)
    await as(owner, 'DELETE', `/v1/devices/${owner.kid}`)
    expect(await (await as(sender, 'GET', `${path}`)).json()).toMatchObject({ state: 'ended' })
    expect(await (await as(sender, 'GET', `${read}`)).json()).toMatchObject({ state: 'delivered' })
    clock.advance(clinic.keptMs)
    await clinic.store.purge(clock.nowMs(), { keepAcknowledgedMs: clinic.keptMs, keepInvitationsMs: 0 })
    expect(await problemCode(await as(sender, 'GET', `${path}`))).toBe('mailbox/ended')
  })

  it('is filled by no sender alone, least of all by those who do not sign', async () => {
    const share = { maxMessages: 2, maxBytes: 1_000 }
    const boxLimits = {
      maxMessages: 9,
      maxBytes: 9_000,
      ofSender: share,
      ofUnsigned: { ...share, maxMessages: 1 },
    }
    const { as, ask, enrol } = await testClinic({ boxLimits })
    const [owner, one, other] = [await enrol(), await enrol(), await enrol()]
    const path = (): string => `/v1/mailboxes/${owner.mailbox}/${name16()}`
    const unsigned = () => ask('PUT', path(), { body: 'x', headers: octets })
    expect([(await unsigned()).status, (await unsigned()).status]).toEqual([200, 507])
    for (const status of [200, 200, 507])
      expect((await as(one, 'PUT', path(), text('x'))).status).toBe(status)
    expect((await as(other, 'PUT', path(), text('x'))).status).toBe(200)
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
    // One entry says that it was stored, of all eight.
    const { entries } = await (await world.as(owner, 'GET', '/v1/entries')).json()
    expect(entries).toHaveLength(3)
    expect(world.clinic.log.size).toBe(4)
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
