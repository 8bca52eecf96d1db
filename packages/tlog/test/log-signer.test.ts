import { codeOf, propertyRuns } from '@chartseal/testkit'
import {
  formatAddCheckpoint,
  formatNote,
  memoryStorage,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyCheckpoint,
  verifyFork,
} from '@chartseal/tlog'
import { formatSignerGroup, parseSignerGroup } from '@chartseal/tlog/threshold'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asked, both, type Desk, type Lie, listed, signed, signerWorld } from './log-signer-world.js'
import { checkpointText, leaves, logKey, origin } from './note-helpers.js'
import { note, openWriter, origin as writtenOrigin } from './writer-helpers.js'

const sizeOf = (text: string): number => parseCheckpoint(parseNote(text).text).size
const away = (...desks: (Desk | undefined)[]): void => {
  for (const desk of desks) if (desk !== undefined) desk.isAway = true
}

describe('a log whose key several signers hold', () => {
  it('publishes what verifies under one Ed25519 key, whoever of them is away', async () => {
    const world = await signerWorld(writtenOrigin)
    const log = await openWriter({ storage: memoryStorage(), signer: world.signer })
    const verifier = parseVerifierKey(world.signer.verifierKey)
    for (const [i, gone] of world.desks.entries()) {
      for (const desk of world.desks) desk.isAway = desk === gone
      for (let n = 0; n < 100 * (i + 1); n++) await log.append(note(log.size))
      const published = verifyCheckpoint(await log.publish(), { log: verifier })
      expect([published.size, published.origin]).toEqual([log.size, writtenOrigin])
      expect(world.signer.states()[i]?.problem).toBe('nothing answers')
    }
    expect(log.signerError).toBeNull()
    await log.close()
  })

  it('takes entries while too few are there, publishes nothing, and goes on when one is back', async () => {
    const world = await signerWorld(writtenOrigin)
    const [first, second] = world.desks
    const storage = memoryStorage()
    const log = await openWriter({ storage, signer: world.signer })
    away(first, second)
    expect(await log.append(note(1))).toMatchObject({ index: 0 })
    expect(await codeOf(() => log.publish())).toBe('log-signer/too-few')
    expect(`${log.signerError}`).toContain('officer 1: nothing answers; officer 2: nothing answers')
    expect([sizeOf(log.checkpoint), await log.append(note(2))]).toMatchObject([0, { index: 1 }])
    // Nothing is lost by an end, or by a beginning, while they are away.
    await log.close()
    const again = await openWriter({ storage, signer: world.signer })
    expect([again.size, sizeOf(again.checkpoint)]).toEqual([2, 0])
    await again.append(note(3))
    if (second !== undefined) second.isAway = false
    expect([sizeOf(await again.publish()), again.signerError]).toEqual([3, null])
    await again.close()
  })

  it('leaves out a signer that lies, in whichever step, and names it', async () => {
    const hashes = leaves(3)
    const other = await signerWorld(origin)
    const foreign = (await other.desks[0]?.signer.commit(asked(other, 0, hashes)))?.body ?? ''
    const [, hiding = ''] = foreign.split(' ')
    const told =
      (step: 'commit' | 'sign', change: (body: string) => string): Lie =>
      (at, answer) =>
        at === step ? { ...answer, body: change(answer.body) } : answer
    const lies: readonly Lie[] = [
      told('commit', () => foreign),
      told('commit', () => 'rubbish'),
      told('commit', body => body.replace(/^1 /, '2 ')),
      told('commit', () => `1 ${'A'.repeat(43)}= ${'A'.repeat(43)}=\n`),
      told('sign', () => `1 ${hiding}\n`),
      (_, answer) => ({ ...answer, status: 500 }),
      () => ({ status: 409, body: '99\n' }),
    ]
    for (const lie of lies) {
      const world = await signerWorld(origin)
      const [liar] = world.desks
      if (liar !== undefined) liar.lie = lie
      const signature = await signed(world, hashes)
      const { name, keyId } = world.group.verifier
      const text = formatNote(checkpointText(hashes), [{ name, keyId, signature }])
      expect(openNote(text, [world.group.verifier]).verified).toHaveLength(1)
      expect(world.signer.states().map(({ problem }) => problem === null)).toEqual([false, true, true])
    }
  })
})

describe('a signer that promises and gives no share', () => {
  it('is asked for one last, and again after a while, so that it delays no checkpoint', async () => {
    const world = await signerWorld(origin)
    const [liar] = world.desks
    if (liar === undefined) throw new Error('there are three')
    liar.lie = (step, answer) => (step === 'sign' ? { ...answer, status: 500 } : answer)
    const asks = (): number => liar.asked.filter(step => step === 'sign').length
    await signed(world, leaves(1))
    await signed(world, leaves(1), 1)
    expect([asks(), world.signer.states()[0]?.problem]).toMatchObject([1, expect.stringContaining('500')])
    away(...world.desks)
    for (let i = 0; i < 58; i++)
      expect(await codeOf(() => signed(world, leaves(1), 1))).toBe('log-signer/too-few')
    for (const desk of world.desks) desk.isAway = false
    await signed(world, leaves(1), 1)
    expect(asks()).toBe(2)
    // Where the others are not enough it is asked at once, and trusted again once it keeps its word.
    for (const desk of world.desks) desk.isAway = desk.number === 3
    liar.lie = (_, answer) => answer
    await signed(world, leaves(1), 1)
    expect([asks(), world.signer.states()[0]?.problem]).toEqual([3, null])
  })
})

describe('a signer', () => {
  it('answers its server alone, about its log alone, and what can be read', async () => {
    const world = await signerWorld(origin)
    const [desk] = world.desks
    const status = async (body: string): Promise<number | undefined> =>
      (await desk?.signer.commit(body))?.status
    const stranger = formatAddCheckpoint({
      oldSize: 0,
      proof: [],
      checkpoint: signNote(checkpointText(leaves(1)), [logKey]),
    })
    const elsewhere = formatAddCheckpoint({
      oldSize: 0,
      proof: [],
      checkpoint: signNote(checkpointText(leaves(1), 'other.example/log'), [world.server]),
    })
    const extended = formatAddCheckpoint({
      oldSize: 0,
      proof: [],
      checkpoint: signNote(`${checkpointText(leaves(1))}more\n`, [world.server]),
    })
    expect([
      await status('rubbish'),
      await status(stranger),
      await status(elsewhere),
      await status(extended),
    ]).toEqual([400, 403, 404, 400])
    expect([await status(asked(world, 0, leaves(1))), await status(asked(world, 3, leaves(4)))]).toEqual([
      200, 409,
    ])
    for (const lines of ['rubbish\n', '1 a b\n', '2 a b\n', '\n'])
      expect((await desk?.signer.sign(listed(world, lines)))?.status).toBe(400)
    for (const body of ['', 'rubbish', signNote(`other\n1 a b\n`, [world.server])])
      expect((await desk?.signer.sign(body))?.status).toBe(400)
  })

  it('never signs a second history, and keeps what proves that it was asked to', async () => {
    const world = await signerWorld(origin)
    const [desk] = world.desks
    await signed(world, leaves(10))
    const answers: (readonly [number, readonly Uint8Array[], number])[] = [
      // One of the same size, one below, and one that grew from another beginning.
      [10, leaves(10, 'forged', 5), 422],
      [4, leaves(7), 409],
      [10, leaves(20, 'forged', 5), 422],
      [10, leaves(20), 200],
    ]
    for (const one of world.desks) one.isAway = one.number === 3
    await signed(world, leaves(10))
    for (const [oldSize, hashes, status] of answers)
      expect((await desk?.signer.commit(asked(world, oldSize, hashes)))?.status).toBe(status)
    const [evidence] = world.forks
    expect(evidence !== undefined && verifyFork(evidence, world.group.server)).toBe(true)
  })

  it('gives one share for one promise, in time, and none after a restart', async () => {
    const world = await signerWorld(origin)
    const promise = (size = 2): Promise<string> =>
      both(
        world,
        async ({ signer }) => (await signer.commit(asked(world, signer.size ?? 0, leaves(size)))).body,
      )
    const answer = (lines: string) => world.desks[0]?.signer.sign(listed(world, lines))
    const status = async (lines: string): Promise<number | undefined> => (await answer(lines))?.status
    const first = await promise()
    const given = await answer(first)
    // The same once more is the same share; with another list it would be another one, under the same nonces.
    expect([given?.status, await answer(first)]).toEqual([200, given])
    const [own = ''] = first.split('\n')
    expect(await status(`${own}\n${own.replace(/^1/, '2')}\n`)).toBe(410)
    const late = await promise()
    world.clock.advance(31_000)
    expect(await status(late)).toBe(410)
    const early = await promise()
    world.clock.advance(-1)
    expect(await status(early)).toBe(410)
    const [line = '', second] = (await promise()).split('\n')
    const [, hiding] = line.split(' ')
    expect(await status(`1 ${hiding} ${hiding}\n${second}\n`)).toBe(410)
    const gone = await promise()
    await world.desks[0]?.restart()
    expect(await status(gone)).toBe(410)
    const alone = await promise()
    expect(await status(`${alone.split('\n')[0]}\n`)).toBe(400)
  })

  it('keeps its promise to the server, whoever repeats what was asked of it or names it in a list', async () => {
    const world = await signerWorld(origin)
    const [desk] = world.desks
    const promise = (size: number) =>
      both(world, async ({ signer }) => (await signer.commit(asked(world, 0, leaves(size)))).body)
    const lines = await promise(9)
    // Another officer has seen all of these requests.
    for (let i = 0; i < 5; i++) expect(await promise(9)).toBe(lines)
    for (const size of [3, 4, 5, 6, 7]) await promise(size)
    const forged = signNote(`chartseal/log-sign/v1\n${lines}`, [logKey])
    expect((await desk?.signer.sign(forged))?.status).toBe(403)
    expect((await desk?.signer.sign(listed(world, lines)))?.status).toBe(200)
    // Too old to be used, a promise is made anew; and the oldest of too many goes.
    const again = await signerWorld(origin)
    const ask = async (): Promise<string> =>
      both(again, async ({ signer }) => (await signer.commit(asked(again, 0, leaves(2)))).body)
    const before = await ask()
    again.clock.advance(16_000)
    expect(await ask()).not.toBe(before)
    expect((await again.desks[0]?.signer.sign(listed(again, before)))?.status).toBe(200)
    const small = await both(
      world,
      async ({ signer }) => (await signer.commit(asked(world, signer.size ?? 0, leaves(10)))).body,
    )
    for (const size of [11, 12, 13, 14])
      await both(
        world,
        async ({ signer }) => (await signer.commit(asked(world, signer.size ?? 0, leaves(size)))).body,
      )
    expect((await desk?.signer.sign(listed(world, small)))?.status).toBe(410)
  })

  it('does not keep a promise that another checkpoint has overtaken', async () => {
    const world = await signerWorld(origin)
    const early = await both(world, async desk => (await desk.signer.commit(asked(world, 0, leaves(2)))).body)
    const late = await both(world, async desk => (await desk.signer.commit(asked(world, 0, leaves(9)))).body)
    expect((await world.desks[0]?.signer.sign(listed(world, late)))?.status).toBe(200)
    expect(await world.desks[0]?.signer.sign(listed(world, early))).toEqual({ status: 409, body: '9\n' })
  })

  it('keeps what proves that it was asked for two histories at once', async () => {
    const world = await signerWorld(origin)
    const asks = (history: string): Promise<string> =>
      both(world, async desk => (await desk.signer.commit(asked(world, 0, leaves(4, history)))).body)
    const [one, other] = [await asks(''), await asks('forged')]
    expect((await world.desks[0]?.signer.sign(listed(world, one)))?.status).toBe(200)
    expect([world.forks.length, (await world.desks[0]?.signer.sign(listed(world, other)))?.status]).toEqual([
      0, 409,
    ])
    expect(world.forks.map(evidence => verifyFork(evidence, world.group.server))).toEqual([true])
  })

  it('remembers before its share leaves: a store that fails lets nothing out, and nothing is forgotten', async () => {
    const world = await signerWorld(origin)
    const [desk] = world.desks
    if (desk === undefined) throw new Error('there are three')
    const list = await both(world, async one => (await one.signer.commit(asked(world, 0, leaves(2)))).body)
    const put = desk.beside.put
    desk.beside.put = () => Promise.reject(new Error('the disk is full'))
    await expect(desk.signer.sign(listed(world, list))).rejects.toThrow('the disk is full')
    desk.beside.put = put
    // Its nonces are gone, and the first place has it already: what was not signed counts as signed.
    expect((await desk.signer.sign(listed(world, list))).status).toBe(410)
    await desk.restart()
    expect(desk.signer.size).toBe(2)
    expect((await desk.signer.commit(asked(world, 2, leaves(2, 'forged')))).status).toBe(422)
  })

  it('does not start without its memory, and takes the larger of two', async () => {
    const world = await signerWorld(origin)
    const [desk, , third] = world.desks
    if (desk === undefined || third === undefined) throw new Error('there are three')
    third.isAway = true
    await signed(world, leaves(3))
    const old = await desk.store.get('signed')
    await signed(world, leaves(8), 3)
    // A backup of one of the places is put back.
    if (old !== null) await desk.store.put('signed', old)
    await desk.restart()
    expect(desk.signer.size).toBe(8)
    expect(await codeOf(() => desk.restart({ isNew: true }))).toBe('log-signer/forgot')
    for (const place of [desk.store, desk.beside]) await place.delete('signed')
    expect(await codeOf(() => desk.restart())).toBe('log-signer/forgot')
    await desk.store.put('signed', new TextEncoder().encode('another key\n'))
    expect(await codeOf(() => desk.restart())).toBe('log-signer/forgot')
    await expect(desk.restart({ signer: 2 })).rejects.toThrow(RangeError)
  })

  it('catches up from a checkpoint that the log published, and from nothing else', async () => {
    const world = await signerWorld(origin)
    const [desk, , third] = world.desks
    if (desk === undefined || third === undefined) throw new Error('there are three')
    const { name, keyId } = world.group.verifier
    third.isAway = true
    const signature = await signed(world, leaves(6))
    const published = formatNote(checkpointText(leaves(6)), [{ name, keyId, signature }])
    await third.restart({ known: [published] })
    expect(third.signer.size).toBe(6)
    const claimed = signNote(checkpointText(leaves(9)), [world.server])
    expect(await codeOf(() => third.restart({ known: [claimed] }))).toBe('note/unsigned')
    expect((await third.signer.commit(asked(world, 6, leaves(9, 'forged')))).status).toBe(422)
  })
})

describe('a signer to whom a share was handed on', () => {
  it('begins where those of before ended, also when its beginning was interrupted', async () => {
    const world = await signerWorld(origin)
    const [desk] = world.desks
    if (desk === undefined) throw new Error('there are three')
    await signed(world, leaves(5))
    const begin = desk.signer.signed
    for (const place of [desk.store, desk.beside]) await place.delete('signed')
    await desk.restart({ isNew: true, begin })
    await desk.beside.delete('signed')
    await desk.restart({ isNew: true, begin })
    expect([desk.signer.size, desk.signer.signed]).toEqual([5, begin])
    expect((await desk.signer.commit(asked(world, 5, leaves(9, 'forged')))).status).toBe(422)
    expect((await desk.signer.commit(asked(world, 5, leaves(9)))).status).toBe(200)
    expect(await codeOf(() => desk.restart({ isNew: true }))).toBe('log-signer/forgot')
    const other = signNote(checkpointText(leaves(1), 'other.example/log'), [world.server])
    await expect(desk.restart({ isNew: true, begin: other })).rejects.toThrow(RangeError)
  })
})

describe('what signers and server agree on', () => {
  it('is one text, which is read strictly', async () => {
    const { group } = await signerWorld(origin)
    const text = formatSignerGroup(group)
    expect(formatSignerGroup(parseSignerGroup(text))).toBe(text)
    const foreign = (await signerWorld('other.example/log')).server.verifierKey
    const bad = [
      '',
      '[]',
      text.replace('"v":1', '"v":2'),
      text.replace('"signers":3', '"signers":1'),
      text.replace(group.server.verifierKey, foreign),
      text.replace(group.server.verifierKey, group.verifier.verifierKey),
      `${text} `,
    ]
    for (const one of bad) expect(await codeOf(() => parseSignerGroup(one))).toBe('log-signer/bad-group')
  })
})

describe('two histories', () => {
  it('are never both signed while at most 2t - n - 1 signers forget, whatever a server with its key asks for', async () => {
    const step = fc.record({
      history: fc.constantFrom('', 'forged'),
      size: fc.integer({ min: 1, max: 12 }),
      away: fc.subarray([1, 2, 3, 4]),
      restarts: fc.subarray([1, 2, 3, 4]),
    })
    const law = fc.asyncProperty(fc.array(step, { maxLength: 14 }), async steps => {
      // 3 of 4 bear one dishonest signer: the fourth signs whatever it is asked.
      const world = await signerWorld(origin, 3, 4)
      const seen = new Map<number, Set<string>>()
      for (const { history, size, away: gone, restarts } of steps) {
        for (const desk of world.desks) {
          desk.isAway = gone.includes(desk.number)
          if (restarts.includes(desk.number) && desk.number < 4) await desk.restart()
        }
        const liar = world.desks[3]
        if (liar !== undefined) await forget(liar)
        const hashes = leaves(size, history, 2)
        const text = checkpointText(hashes)
        await signed(world, hashes).then(
          () => seen.set(size, (seen.get(size) ?? new Set()).add(history)),
          () => undefined,
        )
        expect(text).toContain(`${size}`)
      }
      const histories = new Set([...seen].flatMap(([size, names]) => (size > 2 ? [...names] : [])))
      expect(histories.size).toBeLessThan(2)
    })
    await fc.assert(law, propertyRuns(20, 3))
  })
})

async function forget(desk: Desk): Promise<void> {
  for (const place of [desk.store, desk.beside]) await place.delete('signed')
  await desk.restart({ isNew: true })
}
