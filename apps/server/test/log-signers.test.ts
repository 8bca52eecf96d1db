import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { dealShares } from '@chartseal/core/frost'
import { hkdfSha256 } from '@chartseal/core/hkdf'
import { systemRandom } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import {
  ed25519Signer,
  type FetchLike,
  formatCheckpoint,
  type NoteVerifier,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyCheckpoint,
} from '@chartseal/tlog'
import { checkpointBy, type SignerGroup, signerGroup, verifierKeyOf } from '@chartseal/tlog/threshold'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { askSigners } from '../dist/commands/newest-checkpoint.js'
import { dataPaths } from '../dist/data-folder.js'
import { answerSigner } from '../dist/log-signers/answer.js'
import { signerChecks } from '../dist/log-signers/checks.js'
import { run } from './command-run.js'
import {
  began,
  emptyFolder,
  filesOf,
  initOf,
  logOrigin,
  makeKey,
  makers,
  moveTo,
  names,
  nameThem,
  type Officers,
  officers,
  published,
  type Running,
  startSigner,
} from './log-signers-world.js'
import { Caller, origin, startServer } from './server-process.js'

const at = async (url: string): Promise<string> => (await fetch(url)).text()

/** Of the checkpoint that everybody reads, as any reader checks it. */
async function sizeAt({ port }: { readonly port: number }, log: NoteVerifier): Promise<number> {
  return verifyCheckpoint(await at(`http://127.0.0.1:${port}/log/checkpoint`), { log }).size
}

const keyIn = (printed: string): string => /know it by (\S+)/.exec(printed)?.[1] ?? ''

/** A backup has no key, and is made by the server alone; whoever restores it goes on with the same signers. */
async function restoreBehind(world: Officers, second: Running, size: number): Promise<void> {
  const { signingKey } = dataPaths(world.data)
  const to = emptyFolder()
  const copied = await run('backup', '--data', world.data, '--to', to, '--check')
  expect(copied).toMatchObject({ code: 0, err: expect.stringContaining('Checked') })
  const data = join(to, 'restored')
  const from = ['--from', copied.out.trim(), '--key', signingKey]
  // Two of three have signed nothing that it lacks: no witness and no other copy has to say so.
  expect(await run('restore', '--data', data, ...from)).toMatchObject({ code: 0 })
  expect(await published(data)).toBe(size + 1)
  // The same backup is behind them now, and nobody knows what a third of them alone has not seen.
  const later = ['restore', '--data', join(to, 'later'), ...from]
  const behind = await run(...later)
  expect(behind.err).toContain('restore/log-behind')
  expect(behind.err).toMatch(/signer (rosa|lindt) has seen/)
  await second.stop()
  expect((await run(...later)).err).toContain('restore/signers-silent')
  const reason = ['--new-log', 'other.example/log', '--reason', 'two officers are gone']
  expect(await run(...later, ...reason)).toMatchObject({ code: 0 })
  moveTo(world, { rosa: (await startSigner(world, 'rosa')).url })
}

describe('a log that three officers sign together', () => {
  it('is published under one key by any two of them, waits for the second, and is backed up and restored', async () => {
    const world = await makers()
    const [first, second, third] = await Promise.all(names.map(name => startSigner(world, name)))
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three were started')
    const made = await began(world, { okafor: first, rosa: second, lindt: third })
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('nobody ever had') })
    expect(world.words).toEqual(names.map(() => made.err.split('\n')[1]))
    const log = parseVerifierKey(keyIn(made.err))
    const told = [first, second, third].map(({ out }) => out().includes(log.verifierKey))
    expect(told).toEqual([true, true, true])

    const server = await startServer(world.data, ['--metrics-port', '0'])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const sizeNow = (): Promise<number> => sizeAt(server, log)
    await expect.poll(sizeNow, patience).toBeGreaterThan(0)

    // One away: it goes on. Two: entries are taken, and wait.
    await first.stop()
    const metrics = `http://127.0.0.1:${/metrics at 127\.0\.0\.1:(\d+)/.exec(server.printed())?.[1]}/metrics`
    const metric = async (name: string): Promise<number> =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await at(metrics))?.[1])
    await second.stop()
    const before = await sizeNow()
    await new Caller(server).enrol(server.invitations[0] ?? '')
    await expect.poll(() => metric('chartseal_log_unpublished'), patience).toBeGreaterThan(0)
    await expect.poll(() => metric('chartseal_log_signers'), patience).toBe(1)
    expect(await sizeNow()).toBe(before)
    const paths = dataPaths(world.data)
    const checks: string[] = []
    for await (const { what, isRight } of signerChecks(paths, logOrigin)) checks.push(`${what} ${isRight}`)
    expect(checks).toEqual([
      'log signer okafor answers false',
      'log signer rosa answers false',
      'log signer lindt answers true',
      '2 signers of the log are there false',
    ])

    // It comes back at another address, from its folder alone; nothing that was taken was lost.
    const again = await startSigner(world, 'rosa')
    moveTo(world, { rosa: again.url })
    server.child.kill('SIGTERM')
    await server.ended
    const size = await published(world.data)
    expect(size).toBeGreaterThan(before + 1)

    await restoreBehind(world, again, size)
    // And nobody goes on with the older one: the signers have seen more.
    await expect(published(world.data)).rejects.toMatchObject({ code: 'log-signer/too-few' })
  })
})

function someGroup(): SignerGroup {
  const { group: key } = dealShares({ threshold: 2, count: 3 }, systemRandom)
  const server = ed25519Signer(logOrigin, SigningKey.generate(systemRandom))
  return signerGroup(logOrigin, key, server.verifierKey)
}

describe('whoever is at the other end', () => {
  it('is not read without end by doctor, who asks whether a signer is there', async () => {
    const world = await makers()
    await initOf(world, '--log-group', filesOf(world, 'group'))
    let pulled = 0
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1
            controller.enqueue(new Uint8Array(1_024))
          },
        }),
      )
    vi.stubGlobal('fetch', async () => endless())
    onTestFinished(() => void vi.unstubAllGlobals())
    const checks: boolean[] = []
    for await (const { isRight } of signerChecks(dataPaths(world.data), logOrigin)) checks.push(isRight)
    expect(checks).toEqual([false, false, false, false])
    expect(pulled).toBeLessThan(30)
  })

  it('is silent for whoever restores where it answers what the server did not ask for, and is heard where it did', async () => {
    using own = SigningKey.generate(systemRandom)
    using stranger = SigningKey.generate(systemRandom)
    const server = ed25519Signer(logOrigin, own)
    const noteOf = (signer: typeof server, size: number, origin = logOrigin): string =>
      signNote(formatCheckpoint({ origin, size, root: new Uint8Array(32), extensions: [] }), [signer])
    const places = ['a', 'b', 'c'].map(name => ({ name, url: `http://${name}` }))
    const { key } = someGroup()
    const verifierKey = verifierKeyOf(logOrigin, key.publicKey)
    const group = signerGroup(logOrigin, key, server.verifierKey)
    const ways = places.map(({ name }) => ({ name, post: () => Promise.reject(new Error('not asked')) }))
    const signer = checkpointBy({ group, server, ways })
    const asked = (answers: Readonly<Record<string, string>>, strict = true) => {
      const answer: FetchLike = async url => {
        const text = answers[new URL(url).host]
        const body = new Blob([text ?? 'not found']).stream()
        return { status: text === undefined ? 404 : 200, url, body }
      }
      return askSigners({ together: { signer, places }, own: server, verifierKey }, answer, strict)
    }
    const right = noteOf(server, 7)
    expect(await asked({ a: right, b: '' })).toMatchObject([{ source: 'signer a', size: 7, note: right }])
    const lies = [
      noteOf(ed25519Signer(logOrigin, stranger), 9),
      noteOf(server, 9, 'other.example/log'),
      right.replace('\n7\n', '\n8\n'),
      'rubbish',
    ]
    for (const lie of lies) {
      const silent = { code: 'restore/signers-silent', context: { names: ['b', 'c'] } }
      await expect(asked({ a: right, b: lie })).rejects.toMatchObject(silent)
      expect(await asked({ a: right, b: lie }, false)).toHaveLength(1)
    }
  })

  it('is no fault of a signer when it hangs up, and its rubbish is refused', async () => {
    let faults = 0
    const never = (): Promise<never> => Promise.reject(new Error('nothing was asked'))
    const signer = { signed: '', size: null, commit: never, sign: never }
    const group = someGroup()
    const post = (body: BodyInit, sizeBytes: string): Promise<Response> => {
      // A body in pieces needs `duplex`, which the types do not know.
      const init = { method: 'POST', headers: { 'content-length': sizeBytes }, body, duplex: 'half' }
      const request = new Request('http://signer.example/commit', init)
      return answerSigner(request, { group, signer, onFault: () => void faults++ })
    }
    const cut = new ReadableStream({ pull: controller => controller.error(new Error('hung up')) })
    expect([(await post(cut, '5')).status, faults]).toEqual([400, 0])
    expect((await post('x', '16385')).status).toBe(413)
    expect([(await post('x', '1')).status, faults]).toEqual([500, 1])
  })
})

describe('the words for it', () => {
  it('refuse before anything is made', async () => {
    const world = await officers()
    const terms = (...words: readonly string[]) =>
      run('log-signer', 'terms', '--data', world.data, '--origin', origin, ...words)
    const list = ['--log-signers', world.list]
    const cases: readonly (readonly [readonly string[], string])[] = [
      [list, '--log-key'],
      [['--log-key', '2-of-3'], '--log-signers'],
      [['--log-key', 'most', ...list], 'like 2-of-3'],
      [['--log-key', '2-of-4', ...list], 'must name 4 officers'],
      [['--log-key', '1-of-3', ...list], 'log-officer/bad-threshold'],
      [
        ['--log-key', '2-of-3', '--log-signers', join(world.base, 'okafor/officer.key')],
        'log-officer/bad-list',
      ],
    ]
    for (const [words, said] of cases)
      expect(await terms(...words)).toMatchObject({ out: '', err: expect.stringContaining(said) })
    expect(existsSync(world.data)).toBe(false)
    const key = (...words: readonly string[]) =>
      run('log-signer', 'key', '--signer', join(world.base, 'x'), ...words)
    expect(await key('--name', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('--unsealed') })
    expect(await key('--name', 'a b', '--unsealed')).toMatchObject({ code: 2 })
    expect(await key('--unsealed')).toMatchObject({ code: 2, err: expect.stringContaining('--name') })
    expect(await run('log-signer')).toMatchObject({ code: 2, err: expect.stringContaining('--signer') })
    expect(await run('log-signer', 'name')).toMatchObject({ code: 2 })
    // Its own key is no key of the log.
    expect(await terms('--log-key', '2-of-3', ...list)).toMatchObject({ code: 0 })
    expect((await initOf(world)).err).toContain('log-officer/bad-key-file')
  })

  it('say who signs a log that a restore begins: the machine alone, or officers as before', async () => {
    const world = await makers()
    const first = { okafor: await startSigner(world, 'okafor'), rosa: await startSigner(world, 'rosa') }
    await began(world, first)
    const to = emptyFolder()
    const copied = await run('backup', '--data', world.data, '--to', to)
    const { signingKey, log } = dataPaths(world.data)
    const from = ['--from', copied.out.trim(), '--key', signingKey, '--log', log]
    const newOrigin = `${logOrigin}2`
    const begin = ['--new-log', newOrigin, '--reason', 'two officers are gone']
    const alone = await run('restore', '--data', join(to, 'alone'), ...from, ...begin)
    expect(alone).toMatchObject({ code: 0, err: expect.stringContaining('this machine alone signs with it') })
    const next = await makeKey('finish', ['--new-log', newOrigin])
    const held = ['--log-group', filesOf(next, 'group'), '--server-key', dataPaths(next.data).signingKey]
    const on = await run('restore', '--data', join(to, 'on'), ...from, ...held)
    expect(on).toMatchObject({ code: 2, err: expect.stringContaining('--new-log') })
    const data = join(to, 'together')
    const restore = () => run('restore', '--data', data, ...from, ...begin, ...held)
    // Nothing is left of it while the signers are not there: where they are is said in the file.
    expect((await restore()).err).toContain('log-signer/too-few')
    expect(existsSync(data)).toBe(false)
    const after = { okafor: await startSigner(next, 'okafor'), lindt: await startSigner(next, 'lindt') }
    expect(after.okafor.out()).toContain(`of ${newOrigin}+`)
    const served = dataPaths(next.data).signingKey
    await nameThem(next, newOrigin)
    moveTo(next, Object.fromEntries(Object.entries(after).map(([name, { url }]) => [name, url])))
    expect(readFileSync(served, 'utf8')).toContain(after.okafor.url)
    expect(await restore()).toMatchObject({ code: 0, err: expect.stringContaining('nobody ever had') })
    expect(await published(data, newOrigin)).toBe(2)
  })

  it('hand the key on to others, whom the server asks from then on', async () => {
    const world = await makers()
    const signers = { okafor: await startSigner(world, 'okafor'), lindt: await startSigner(world, 'lindt') }
    const made = await began(world, signers)
    const next = await officers()
    for (const [name, signer] of Object.entries(signers)) {
      const words = [
        '--signer',
        join(world.base, name),
        '--from',
        '1,3',
        '--out',
        join(world.base, `${name}.on`),
      ]
      const to = ['--log-key', '3-of-3', '--log-signers', next.list]
      expect((await run('log-signer', 'hand-on', ...words, ...to)).err).toContain('files/locked')
      await signer.stop()
      expect(await run('log-signer', 'hand-on', ...words, ...to)).toMatchObject({ code: 0 })
    }
    const files = ['--handed-on', ['okafor', 'lindt'].map(name => join(world.base, `${name}.on`)).join(',')]
    const named = await run('log-signer', 'name', '--data', world.data, ...files)
    expect(named).toMatchObject({ code: 0, out: `${keyIn(made.err)}\n` })
    const after = await Promise.all(names.map(name => startSigner(next, name, ...files)))
    // All new officers, and the operator, read the same words.
    const words = [named.err, ...after.map(({ out }) => out())].map(text => text.split('\n')[1])
    expect(new Set(words).size).toBe(1)
    moveTo(world, Object.fromEntries(names.map((name, i) => [name, after[i]?.url ?? ''])))
    expect(await published(world.data)).toBe(1)
  })

  it('go on with a clinic whose init died, and not with another key', async () => {
    const world = await makers()
    const signers = { okafor: await startSigner(world, 'okafor'), rosa: await startSigner(world, 'rosa') }
    const few = filesOf(world, 'group').split(',').slice(1).join()
    expect((await initOf(world, '--log-group', few)).err).toContain('okafor did not sign it')
    expect(await began(world, signers)).toMatchObject({ code: 0 })
    const file = join(world.data, 'keys/signing.key')
    const before = readFileSync(file, 'utf8')
    // Killed behind the first checkpoint.
    rmSync(join(world.data, 'store.db'))
    expect((await initOf(world)).err).toContain('clinic/log-begun')
    expect(await initOf(world, '--log-group', filesOf(world, 'group'))).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('name an officer who dealt a wrong part', async () => {
    const world = await makeKey('deal')
    const { base } = world
    const dealt = join(base, 'rosa.dealt')
    // What only a program of Rosa's own does: everybody is given the part of another one.
    const { text } = parseNote(readFileSync(dealt, 'utf8'))
    const [label, line = ''] = text.split('\n')
    const said = JSON.parse(line)
    const [first, ...others] = said.parts
    const lie = `${label}\n${JSON.stringify({ ...said, parts: [...others, first] })}\n`
    const secret = readFileSync(join(base, 'rosa/officer.key'))
    const seed = hkdfSha256(secret, new Uint8Array(), encodeUtf8('chartseal/log-officer/v1'))
    using key = new SigningKey(seed)
    writeFileSync(dealt, signNote(lie, [ed25519Signer('rosa', key)]))

    const own = (step: string, ...words: readonly string[]) =>
      run('log-signer', step, '--signer', join(base, 'okafor'), ...words)
    const refused = await own('finish', '--dealt', filesOf(world, 'dealt'))
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('rosa gave this officer'),
    })
    const complaint = await own('complain', '--dealt', dealt)
    writeFileSync(join(base, 'complaint'), complaint.out)
    const files = ['--terms', join(base, 'terms'), '--begun', filesOf(world, 'begun'), '--dealt', dealt]
    const judged = await run('log-signer', 'judge', ...files, '--complaint', join(base, 'complaint'))
    expect(judged).toMatchObject({ code: 0, out: 'rosa\n' })
    const terms = ['--terms', join(base, 'terms')]
    expect((await own('begin', ...terms)).err).toContain('begin --anew')
    expect(await own('begin', ...terms, '--anew')).toMatchObject({ code: 0 })
  })
})
