/** What the steps may not do: claim what they did not do, leave something behind, or lock the owner out. */
import type { BlobStore } from '@chartseal/core/ports'
import {
  firstGrants,
  type GrantList,
  type GrantLists,
  isForNobody,
  latestList,
  type PackagePorts,
  parseGrantList,
  publishVersion,
  type Recipient,
  readRecord,
  reEncrypt,
  retireGone,
  type ShareRequest,
  sealedPayloadBytes,
  shareError,
  shareRecord,
  shred,
  signGrantList,
  takeBackAccess,
} from '@chartseal/ipfs-envelope'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  cidB,
  header,
  joined,
  newOwner,
  type Person,
  pattern,
  payload,
  person,
  pinOf,
  type World,
  world,
} from './v2-people.js'

const expectCode = codesRaised(shareError)
const owner = newOwner()
const [doctor, ann, ben] = [person(), person(), person()]
const { identity } = doctor
const content = pattern(30_000)
const keep: readonly Recipient[] = [doctor.recipient]
const recipients: readonly Recipient[] = [doctor.recipient, ann.recipient]
const request: ShareRequest = { header: header(content.length), content, recipients }

interface Scene extends World {
  readonly first: GrantList
}

async function scene(more: Partial<ShareRequest> = {}): Promise<Scene> {
  const made = world()
  return { ...made, first: await shareRecord(made.ports, owner, { ...request, ...more }) }
}

const published = (
  ports: PackagePorts,
  from: GrantList,
  history: boolean,
  to = recipients,
): Promise<GrantList> =>
  publishVersion(ports, owner, identity, from, {
    header: header(9),
    content: pattern(9),
    recipients: to,
    history,
  })

async function contentFor(
  { ports }: World,
  list: GrantList,
  who: Person,
  version?: number,
): Promise<Uint8Array> {
  const options = { pin: pinOf(list), nowMs: 0 }
  const wanted = version === undefined ? options : { ...options, version }
  return joined((await readRecord(ports, list, who.identity, wanted)).content)
}

/** Ports that die at the first call of one of these. */
function dying(
  ports: PackagePorts,
  calls: { readonly lists?: Partial<GrantLists>; readonly blobs?: Partial<BlobStore> },
): PackagePorts {
  return { ...ports, lists: { ...ports.lists, ...calls.lists }, blobs: { ...ports.blobs, ...calls.blobs } }
}
const die = async (): Promise<never> => {
  throw new Error('the process died')
}

describe('re-encryption that was cut short behind its list', () => {
  const cut = async (history = false): Promise<Scene & { readonly from: GrantList }> => {
    const made = await scene()
    const from = await published(made.ports, made.first, true)
    const faulty = dying(made.ports, { blobs: { delete: die } })
    await expect(reEncrypt(faulty, owner, identity, { from, keep, history })).rejects.toThrow('died')
    return { ...made, from }
  }

  it('goes on with its own list', async () => {
    for (const history of [false, true]) {
      const made = await cut(history)
      const { list, statement } = await reEncrypt(made.ports, owner, identity, {
        from: made.from,
        keep,
        history,
      })
      expect([list.seq, list.version]).toEqual([3n, 3])
      expect(await made.ports.blobs.has(made.from.payloadCid)).toBe(false)
      expect(await made.ports.blobs.has(made.first.payloadCid)).toBe(history)
      expect(statement.doesNotAchieve.includes('earlier-versions-kept')).toBe(history)
    }
  })

  it.each<[string, readonly Recipient[], boolean]>([
    ['fewer people', keep, true],
    ['other people', [doctor.recipient, ben.recipient], false],
    ['other history', [doctor.recipient], true],
  ])('takes no list for its own that is for %s', async (_, asked, history) => {
    const made = await cut()
    const again = { from: made.from, keep: asked, history }
    await expectCode('share/changed-meanwhile', () => reEncrypt(made.ports, owner, identity, again))
  })

  it('deletes nothing of another change that came between, and is finished on its own', async () => {
    const made = await cut()
    const mine = await latestList(made.ports, made.first.packageId)
    const theirs = await published(made.ports, mine, true, [doctor.recipient, ben.recipient])
    const again = { from: made.from, keep, history: false }
    await expectCode('share/changed-meanwhile', () => reEncrypt(made.ports, owner, identity, again))
    expect(await contentFor(made, theirs, ben, 3)).toEqual(pattern(9))
    await retireGone(made.ports, theirs)
    await retireGone(made.ports, theirs)
    for (const { payloadCid } of [made.first, made.from]) {
      expect(await made.ports.blobs.has(payloadCid)).toBe(false)
      expect(made.graves.get(payloadCid)?.step).toBe('re-encrypt')
    }
    expect(await contentFor(made, theirs, ben)).toEqual(pattern(9))
    expect(await contentFor(made, theirs, ben, 3)).toEqual(pattern(9))
  })
})

describe('a version that somebody else published', () => {
  it.each([true, false])('is not taken for a re-encryption, with history %s', async history => {
    for (const people of [keep, recipients]) {
      const made = await scene()
      const theirs = await published(made.ports, made.first, history, people)
      const asked = { from: made.first, keep: people, history: false }
      await expectCode('share/changed-meanwhile', () => reEncrypt(made.ports, owner, identity, asked))
      expect(await made.ports.blobs.has(made.first.payloadCid)).toBe(true)
      expect(await contentFor(made, theirs, doctor)).toEqual(pattern(9))
      await retireGone(made.ports, theirs)
      expect(await made.ports.blobs.has(made.first.payloadCid)).toBe(true)
    }
  })
})

describe('earlier versions', () => {
  it('are deleted with the one that is encrypted again, or kept for those who stay, who are told', async () => {
    const made = await scene()
    const second = await published(made.ports, made.first, true)
    const kept = await reEncrypt(made.ports, owner, identity, { from: second, keep, history: true })
    expect(kept.statement.doesNotAchieve).toContain('earlier-versions-kept')
    expect(kept.statement.doesNotAchieve).not.toContain('older-lists-stored')
    expect(await contentFor(made, kept.list, doctor, 1)).toEqual(content)
    expect(kept.list.history.map(({ version, isGone }) => [version, isGone])).toEqual([
      [1, false],
      [2, true],
    ])
    const ended = await reEncrypt(made.ports, owner, identity, { from: kept.list, keep, history: false })
    expect(ended.statement.doesNotAchieve).not.toContain('earlier-versions-kept')
    expect([made.blocks.size, made.graves.size]).toEqual([1, 3])
    expect(JSON.parse(ended.entry.detail.text).does_not_achieve).toEqual(ended.statement.doesNotAchieve)
  })

  it('are named without a key where history is not given, and older lists stay as the way to them', async () => {
    const made = await scene()
    let forgotten = 0
    const forgetBefore = async (): Promise<void> => void forgotten++
    const ports = dying(made.ports, { lists: { forgetBefore } })
    const second = await published(ports, made.first, false)
    expect(second.history).toEqual([
      { version: 1, payloadCid: made.first.payloadCid, sealedKey: null, isGone: false },
    ])
    expect(parseGrantList(second.bytes).history).toEqual(second.history)
    expect(await codeOf(() => contentFor(made, second, doctor, 1))).toBe('open/failed')
    const third = await reEncrypt(ports, owner, identity, { from: second, keep, history: true })
    expect([third.statement.doesNotAchieve.includes('older-lists-stored'), forgotten]).toEqual([true, 0])
    expect(await contentFor(made, made.first, ann)).toEqual(content)
    const fourth = await reEncrypt(ports, owner, identity, { from: third.list, keep, history: false })
    expect([fourth.statement.doesNotAchieve.includes('older-lists-stored'), forgotten]).toEqual([false, 1])
  })

  it('are all gone after shredding, whatever was published', async () => {
    const made = await scene()
    const second = await published(made.ports, made.first, false)
    const third = await published(made.ports, second, true)
    const { list } = await shred(made.ports, owner, third)
    expect([made.blocks.size, made.graves.size]).toEqual([0, 3])
    for (const { payloadCid } of [made.first, second, third])
      expect(made.graves.get(payloadCid)?.step).toBe('shred')
    expect(isForNobody(list)).toBe(true)
    expect(list.history.every(({ sealedKey, isGone }) => sealedKey === null && isGone)).toBe(true)
  })

  it('are all gone after a crash of shredding, from what the ports have alone', async () => {
    let calls = 0
    for (let at = 0; at < 3; at++) {
      for (const when of ['before', 'after'] as const) {
        const made = await scene()
        const second = await published(made.ports, made.first, false)
        const third = await published(made.ports, second, true)
        calls = 0
        const faulty = dying(made.ports, {
          blobs: {
            async delete(cid) {
              const strikes = calls++ === at
              if (strikes && when === 'before') await die()
              await made.ports.blobs.delete(cid)
              if (strikes) await die()
            },
          },
        })
        await expect(shred(faulty, owner, third)).rejects.toThrow('died')
        await shred(made.ports, owner, await latestList(made.ports, made.first.packageId))
        expect([made.blocks.size, made.graves.size]).toEqual([0, 3])
      }
    }
  })

  it('make shredding refuse a list that it was not decided on', async () => {
    const made = await scene()
    const second = await published(made.ports, made.first, true)
    await shred(made.ports, owner, second)
    await expectCode('share/changed-meanwhile', () => shred(made.ports, owner, made.first))
    await expectCode('share/unknown-package', () => latestList(made.ports, new Uint8Array(16)))
  })
})

/** Wraps something else than what it is given. */
const wrapping = (other: Recipient['wrap']): Recipient => ({ ...doctor.recipient, wrap: other })
const noise = wrapping(async () => ({ enc: new Uint8Array(32).fill(9), ct: new Uint8Array(48) }))
const anotherKey = wrapping((info, key, random) => {
  const other = key.reveal().map(byte => byte ^ 1)
  return doctor.recipient.wrap(info, { ...key, reveal: () => other } as never, random)
})

describe('the owner', () => {
  it.each<[string, readonly Recipient[]]>([
    ['nobody', []],
    ['others', [ann.recipient]],
    ['the owner under a key that does not open', [noise, ann.recipient]],
    ['the owner with another key in it', [anotherKey]],
  ])('is not locked out by a list for %s: nothing is published, stored or deleted', async (_, people) => {
    const made = await scene()
    const before = [...made.blocks.keys()]
    const { ports, first } = made
    const asked = { from: first, keep: people, history: false }
    await expectCode('share/owner-left-out', () => reEncrypt(ports, owner, identity, asked))
    await expectCode('share/owner-left-out', () => published(ports, first, true, [...people]))
    const sharing = { ...request, recipients: people, identity }
    const code = people.length === 0 ? 'share/nobody-opens' : 'share/owner-left-out'
    await expectCode(code, () => shareRecord(ports, owner, sharing))
    expect([...made.blocks.keys()]).toEqual(before)
    expect(made.graves.size).toBe(0)
    expect((await latestList(ports, first.packageId)).bytes).toEqual(first.bytes)
    expect(await contentFor(made, first, doctor)).toEqual(content)
  })

  it('hears it when a card could not be asked', async () => {
    const { ports, first } = await scene()
    let calls = 0
    const card = {
      ...identity,
      unwrap: (...args: Parameters<typeof identity.unwrap>) =>
        calls++ === 0 ? identity.unwrap(...args) : die(),
    }
    await expect(reEncrypt(ports, owner, card, { from: first, keep, history: false })).rejects.toThrow('died')
    expect((await latestList(ports, first.packageId)).seq).toBe(1n)
  })

  it('takes nobody and not themself off a list', async () => {
    const { ports, first } = await scene()
    const { packageId } = first
    await expectCode('share/nobody-opens', () => takeBackAccess(ports, owner, packageId, recipients))
    const own = [doctor.recipient]
    await expectCode('share/owner-left-out', () => takeBackAccess(ports, owner, packageId, own, identity))
    expect((await latestList(ports, packageId)).seq).toBe(1n)
  })
})

describe('what no list can say', () => {
  const many = Array.from({ length: 10_001 }, (): Recipient => doctor.recipient)
  const terms = { notBeforeMs: 2, notAfterMs: 1, purposes: [] }

  it.each<[string, Partial<ShareRequest>, string]>([
    ['somebody twice', { recipients: [...keep, ...keep] }, 'grants/already-granted'],
    ['too many people', { recipients: many }, 'grants/too-many-recipients'],
    ['an end before its beginning', { terms }, 'grants/malformed'],
    [
      'purposes in lower case',
      { terms: { ...terms, notAfterMs: 3, purposes: ['treat'] } },
      'grants/malformed',
    ],
  ])('is refused before anything is read or stored: %s', async (_, more, code) => {
    const { ports, blocks, first } = await scene()
    async function* untouched(): AsyncGenerator<Uint8Array> {
      yield await die()
    }
    const asked = { ...request, content: untouched(), ...more }
    expect(await codeOf(() => shareRecord(ports, owner, asked))).toBe(code)
    if (more.recipients !== undefined) {
      const { recipients: people } = more
      const next = { header: header(1), content: untouched(), recipients: people, history: false }
      expect(await codeOf(() => publishVersion(ports, owner, identity, first, next))).toBe(code)
      const again = { from: first, keep: people, history: false }
      expect(await codeOf(() => reEncrypt(ports, owner, identity, again))).toBe(code)
    }
    expect(blocks.size).toBe(1)
  })

  it('is refused before a payload is stored: another owner, and the 1,001st earlier version', async () => {
    const { ports, blocks, first } = await scene()
    const refused = await codeOf(() =>
      publishVersion(ports, newOwner(), identity, first, { ...request, recipients: keep, history: false }),
    )
    expect([refused, blocks.size]).toEqual(['grants/other-owner', 1])
    const shared = payload({ version: 1_001 })
    const { bytes: _, recipientCount: __, ...said } = await firstGrants(owner, shared, keep)
    const versions = Array.from({ length: 1_000 }, (_, i) => i + 1)
    const named = versions.map(version => ({ version, payloadCid: cidB, sealedKey: null, isGone: true }))
    const full = await signGrantList(owner, { ...said, history: named })
    await ports.lists.publish(full)
    const codes = [
      await codeOf(() => published(ports, full, false, keep)),
      await codeOf(() => reEncrypt(ports, owner, identity, { from: full, keep, history: false })),
    ]
    expect([codes, blocks.size]).toEqual([['grants/malformed', 'grants/malformed'], 1])
  })

  it('leaves no payload behind when a key cannot be wrapped', async () => {
    const { ports, blocks, first } = await scene()
    const broken = { ...ann.recipient, wrap: die }
    const asked = { ...request, recipients: [...keep, broken] }
    await expect(shareRecord(ports, owner, asked)).rejects.toThrow('died')
    await expect(publishVersion(ports, owner, identity, first, { ...asked, history: true })).rejects.toThrow(
      'died',
    )
    const deaf = dying(ports, { blobs: { delete: die } })
    await expect(shareRecord(deaf, owner, asked)).rejects.toThrow('died')
    expect(blocks.size).toBe(2)
  })

  it('leaves no payload behind when another list was published first, and keeps it when nobody can tell', async () => {
    const { ports, blocks, first } = await scene()
    const racing = dying(ports, {
      lists: {
        async publish(list) {
          await takeBackAccess(ports, owner, first.packageId, [ann.recipient])
          await ports.lists.publish(list)
        },
      },
    })
    expect(await codeOf(() => published(racing, first, false))).toBe('grants/wrong-seq')
    expect(blocks.size).toBe(1)
    const second = await latestList(ports, first.packageId)
    await expect(published(dying(ports, { lists: { publish: die } }), second, false)).rejects.toThrow('died')
    expect(blocks.size).toBe(2)
    let asked = 0
    const latest: GrantLists['latest'] = id => (asked++ === 0 ? ports.lists.latest(id) : die())
    const silent = dying(ports, { lists: { publish: die, latest } })
    await expect(published(silent, second, false)).rejects.toThrow('died')
    expect(blocks.size).toBe(3)
  })
})

describe('a padded payload', () => {
  const small = pattern(1_001)
  const fields = header(small.length)
  it.each([
    [true, undefined, true],
    [true, false, true],
    [false, true, true],
    [false, undefined, false],
  ])('padded %s and asked %s is padded %s when it is encrypted again', async (before, padded, after) => {
    const made = await scene({ header: fields, content: small, padded: before })
    const wish = padded === undefined ? {} : { padded }
    const asked = { from: made.first, keep, history: false, ...wish }
    const { list } = await reEncrypt(made.ports, owner, identity, asked)
    const sealed = made.blocks.get(list.payloadCid)?.length
    expect(sealed).toBe(sealedPayloadBytes(fields, { padded: after }))
    expect(await contentFor(made, list, doctor)).toEqual(small)
  })
})
