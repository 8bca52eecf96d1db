import { decodeAccessEntry, openAccessEntry } from '@chartseal/audit/access'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { parseNote, parseVerifierKey } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { name16, problemCode, type TestClinic, type TestDevice, testClinic, text } from './api-world.js'
import { startWitness } from './clinic-world.js'

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
      { act: 'device-enrolled', by: sender.kid, box: '', ids: ['doctor'], device: '' },
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

  it('gives 4 MiB of entries at a time, and all of them in the end', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const large = new Uint8Array(60_000).fill(1)
    for (let i = 0; i < 75; i++)
      expect((await world.as(owner, 'PUT', `/v1/entries/${name16()}`, large)).status).toBe(200)
    const indexes: number[] = []
    for (let more = true; more; ) {
      const after = indexes.at(-1)
      const answer = await world.as(
        owner,
        'GET',
        `/v1/entries?limit=500${after === undefined ? '' : `&after=${after}`}`,
      )
      const body = await answer.text()
      expect(body.length).toBeLessThan(6_000_000)
      const page = JSON.parse(body)
      indexes.push(...page.entries.map((one: { index: number }) => one.index))
      more = page.more
    }
    expect(indexes).toHaveLength(76)
    expect(new Set(indexes).size).toBe(76)
  })

  it('is published once its witnesses have cosigned, and says who they are', async () => {
    const first = await testClinic()
    const { verifierKey } = first.clinic.log
    const witnesses = [
      await startWitness('one.example/w', verifierKey),
      await startWitness('two.example/w', verifierKey),
    ]
    const lines = witnesses.map(({ policyLine }) => policyLine)
    const policy = [
      `log ${verifierKey}`,
      ...lines,
      'group all all one.example two.example',
      'quorum all',
      '',
    ].join('\n')
    await first.clinic.close()
    const world = await testClinic({ folder: first.folder, policy })
    expect((await (await world.ask('GET', '/v1/clinic')).json()).log.policy).toBe(policy)
    await world.enrol()
    await world.clinic.log.publish()
    const note = parseNote(await (await world.ask('GET', '/log/checkpoint')).text())
    expect(note.signatures.map(({ name }) => name).sort()).toEqual([
      'clinic.example/log',
      'one.example/w',
      'two.example/w',
    ])
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
