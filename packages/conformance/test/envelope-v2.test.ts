import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { ask } from './client.js'

const casesOf = (name: string): readonly JsonObject[] =>
  JsonObject.parse(readFileSync(join(vectorFolder('own'), `${name}.json`), 'utf8')).objects('cases')
const fieldsOf = (one: JsonObject, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map(name => [name, one.raw(name)]))

describe('interop, payloads of version 2', () => {
  it('seals the frozen ones again, and opens them', async () => {
    const inputs = ['key', 'package', 'version', 'name', 'media_type', 'created', 'labels', 'content']
    for (const one of casesOf('payloads-v2').filter(one => one.has('payload'))) {
      const sealing = { op: 'v2-payload-seal', ...fieldsOf(one, [...inputs, 'padded', 'salt']) }
      const payload = one.text('payload')
      expect(await ask(sealing)).toEqual({ ok: true, payload })
      const opening = { op: 'v2-payload-open', ...fieldsOf(one, ['key', 'package', 'version']), payload }
      expect(await ask(opening)).toEqual({ ok: true, ...fieldsOf(one, inputs.slice(3)) })
      expect(await ask({ ...opening, version: 9 })).toEqual({ ok: false, code: 'open/failed' })
      expect(await ask({ ...sealing, salt: '00' })).toEqual({ ok: false, code: 'interop/invalid-request' })
    }
  })
})

describe('interop, payloads of version 2 in few words', () => {
  it('are sealed under a salt of their own, without labels and padding', async () => {
    const key = '06'.repeat(32)
    const place = { key, package: '09'.repeat(16), version: 1 }
    const header = { name: 'a', media_type: 'text/plain', created: 0 }
    const sealing = { op: 'v2-payload-seal', ...place, ...header, content: '00ff' }
    const [one, other] = [await ask(sealing), await ask(sealing)]
    expect(one['payload']).not.toBe(other['payload'])
    const opened = await ask({ op: 'v2-payload-open', ...place, payload: one['payload'] })
    expect(opened).toEqual({ ok: true, ...header, labels: [], content: '00ff' })
  })
})

describe('interop, grant lists of version 2', () => {
  const texts = casesOf('envelope-texts-v2').filter(one => !one.has('refused'))
  const textsOf = (kind: string): readonly string[] =>
    texts.filter(one => one.text('kind') === kind).map(one => one.text('text'))
  const [recipients, identities] = [textsOf('recipient'), textsOf('identity')]
  const owner_seed = '07'.repeat(32)
  const content_key = '08'.repeat(32)
  const first = {
    ...{ op: 'v2-grants-first', owner_seed, package: '09'.repeat(16), version: 1, content_key, recipients },
    payload_cid: 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
  }

  it('grants, takes back and grants again', async () => {
    const { list } = await ask({ ...first, not_after: 9, purposes: ['TREAT'] })
    for (const identity of identities) {
      const opening = { op: 'v2-grants-open', list, identity, now: 9 }
      expect(await ask(opening)).toEqual({ ok: true, content_key, history: [] })
      expect(await ask({ ...opening, now: 10 })).toEqual({ ok: false, code: 'grants/expired' })
    }
    const some = { owner_seed, recipients: recipients.slice(0, 1) }
    const { list: fewer } = await ask({ op: 'v2-grants-take-back', list, ...some })
    const opening = { op: 'v2-grants-open', list: fewer, identity: identities[0], now: 0 }
    expect(await ask(opening)).toEqual({ ok: false, code: 'open/failed' })
    const { list: again, list_cid } = await ask({ op: 'v2-grants-add', list: fewer, content_key, ...some })
    expect(await ask({ ...opening, list: again })).toEqual({ ok: true, content_key, history: [] })
    const seen = { package: first.package, version: 1, payload_cid: first.payload_cid, seq: '3', list_cid }
    const terms = { not_before: null, not_after: 9, purposes: ['TREAT'], recipients: 2, history: [] }
    expect(await ask({ op: 'v2-grants-inspect', list: again })).toMatchObject({ ...seen, ...terms })
    const twice = await ask({ op: 'v2-grants-add', list: again, content_key, ...some })
    expect(twice).toEqual({ ok: false, code: 'grants/already-granted' })
  })

  it('goes by its clock where nobody says a time', async () => {
    const identity = identities[0]
    const opened = async (terms: object): Promise<unknown> => {
      const { list } = await ask({ ...first, ...terms })
      const { ok, code } = await ask({ op: 'v2-grants-open', list, identity })
      return ok === true ? 'opened' : code
    }
    expect(await opened({})).toBe('opened')
    expect(await opened({ not_before: 1 })).toBe('opened')
    expect(await opened({ not_before: 2 ** 52 })).toBe('grants/not-yet')
    expect(await opened({ not_after: 1 })).toBe('grants/expired')
  })

  it('answers the frozen lists as they should be answered', async () => {
    for (const one of casesOf('grants-v2')) {
      const inspected = await ask({ op: 'v2-grants-inspect', list: one.text('list') })
      if (one.has('refused')) {
        expect(inspected).toEqual({ ok: false, code: one.text('refused') })
        continue
      }
      expect(inspected).toMatchObject(fieldsOf(one, ['owner', 'package', 'payload_cid', 'seq', 'list_cid']))
      const withPem = one.objects('recipients').find(recipient => recipient.has('private_key_pem'))
      if (withPem === undefined) continue
      const key = { private_key_pem: withPem.text('private_key_pem'), now: one.count('now') }
      const opened = await ask({ op: 'v2-grants-open', list: one.text('list'), ...key })
      expect(opened).toMatchObject({ ok: true, content_key: one.text('content_key') })
    }
  })

  it('reads capabilities, and the earlier keys of a list', async () => {
    for (const kind of ['verify', 'read', 'grant']) {
      const one = texts.find(text => text.text('kind') === kind) ?? expect.fail('none')
      const keys = ['content_key', 'owner_seed'].filter(name => one.has(name))
      const expected = fieldsOf(one, ['kind', 'owner', 'package', 'version', 'payload_cid', ...keys])
      const read = await ask({ op: 'v2-capability-read', capability: one.text('text') })
      expect(read).toEqual({ ok: true, ...expected })
    }
    const withPast = casesOf('grants-v2').find(one => one.has('history') && one.objects('history').length > 0)
    const identity = identities[0]
    const opened = await ask({ op: 'v2-grants-open', list: withPast?.text('list'), identity, now: 0 })
    const [past] = withPast?.objects('history') ?? []
    expect(opened['history']).toMatchObject([{ version: 1, content_key: past?.text('key') }])
    const bad = await ask({ op: 'v2-capability-read', capability: 'csread1' })
    expect(bad).toEqual({ ok: false, code: 'capability/malformed' })
  })
})
