import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { parseForkEvidence, parseVerifierKey, verifyFork } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { appended, logWorld, origin, recordLine, served } from './audit-world.js'
import { codeIn } from './codes.js'

/** What a server answers to a first line that `fetch` would not send. */
function rawRequest(url: string, line: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
  let text = ''
  socket.on('data', data => {
    text += data
  })
  return new Promise(resolve => socket.on('close', () => resolve(text)))
}

describe('chartseal audit serve', () => {
  it('serves checkpoint and tiles as C2SP says, entries only when asked to, and nothing else', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1', 'PAT-2')
    const closed = await served(world.cwd, ['serve', 'audit'])
    const get = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${closed.url}${path}`, init)
    const checkpoint = await get('/checkpoint')
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(checkpoint.headers.get('cache-control')).toBe('no-cache')
    expect(await checkpoint.text()).toContain(`${origin}\n2\n`)
    const tile = await get('/tile/0/000.p/2')
    expect(tile.headers.get('cache-control')).toContain('immutable')
    expect((await tile.arrayBuffer()).byteLength).toBe(64)
    for (const path of [
      '/tile/entries/000.p/2',
      '/.state/signed',
      '/tile/0/000.p/02',
      '/../log.json',
      '/tile/0/..%2f..',
      '/',
    ]) {
      expect((await get(path)).status, path).toBe(404)
    }
    expect((await get('/checkpoint', { method: 'POST', body: 'x' })).status).toBe(405)
    expect((await get('/checkpoint', { method: 'HEAD' })).status).toBe(200)
    expect(await rawRequest(closed.url, 'GET http://[ HTTP/1.1')).toMatch(/^HTTP\/1\.1 400 /)
    expect((await get('/checkpoint')).status).toBe(200)
    expect((await world.run(['verify', closed.url, '--key', world.key, '--shallow'])).exitCode).toBe(0)
    expect((await world.run(['verify', closed.url, '--key', world.key])).exitCode).toBe(1)
    expect(await closed.stop()).toBe(0)
    const open = await served(world.cwd, ['serve', 'audit', '--with-entries'])
    expect(await world.run(['verify', open.url, '--key', world.key])).toMatchObject({ exitCode: 0 })
    expect((await world.run(['receipt', 'make', open.url, '0', '--key', world.key])).stdout).toContain(
      'index 0',
    )
    await open.stop()
  })
})

describe('chartseal audit witness', () => {
  async function witnessed() {
    const world = await logWorld()
    const witness = await served(world.cwd, [
      'witness',
      '--name',
      'witness.example/w1',
      '--log',
      world.key,
      'witness',
    ])
    const policy = `log ${world.key}\nwitness w1 ${witness.told.split('\n')[0]} ${witness.url}\nquorum w1\n`
    writeFileSync(join(world.cwd, 'policy.txt'), policy)
    const asked = ['--policy', 'policy.txt', '--allow-weak']
    return { world, witness, asked }
  }

  it('of a policy given at init is asked from the first entry on', async () => {
    const { world, witness } = await witnessed()
    const line = `witness w1 ${witness.told.split('\n')[0]}`
    await witness.stop()
    writeFileSync(join(world.cwd, 'first.txt'), `${line} http://127.0.0.1:9\nquorum w1\n`)
    const init = ['init', '--origin', 'other.example/log', '--policy', 'first.txt', 'other']
    expect(codeIn(await world.run(init))).toBe('tlog/weak-policy')
    const { verifier_key: key } = await world.json([...init, '--allow-weak'])
    expect(codeIn(await world.run(['append', 'other'], { stdin: recordLine('PAT-1') }))).toBe(
      'tlog/too-few-witnesses',
    )
    const name = ['witness', '--name', 'witness.example/w1', '--log', `${key}`, 'witness']
    const again = await served(world.cwd, name)
    writeFileSync(join(world.cwd, 'now.txt'), `log ${key}\n${line} ${again.url}\nquorum w1\n`)
    const asked = ['--policy', 'now.txt', '--allow-weak']
    await world.json(['append', 'other', ...asked], { stdin: recordLine('PAT-1') })
    await world.json(['append', 'other'], { stdin: recordLine('PAT-1') })
    expect(await world.json(['verify', 'other', ...asked])).toMatchObject({
      ok: true,
      checkpoint: { size: 3 },
    })
    await again.stop()
  })

  it('keeps the log from publishing without it, until the policy is given up by name', async () => {
    const { world, witness, asked } = await witnessed()
    expect((await world.run(['append', 'audit', ...asked], { stdin: recordLine('PAT-1') })).exitCode).toBe(0)
    await witness.stop()
    for (const args of [
      ['append', 'audit'],
      ['shred', '--actor', 'A', 'audit', 'PAT-1'],
    ]) {
      const ran = await world.run(args, { stdin: recordLine('PAT-1') })
      expect([args[0], codeIn(ran)]).toEqual([args[0], 'tlog/too-few-witnesses'])
    }
    const published = await world.json(['verify', 'audit', ...asked])
    expect(published).toMatchObject({ ok: true, checkpoint: { size: 1, witnesses: ['w1'] } })
    const dropped = await world.run(['append', 'audit', '--drop-policy'], { stdin: recordLine('PAT-2') })
    expect(dropped.exitCode).toBe(0)
    expect((await world.run(['verify', 'audit', ...asked])).exitCode).toBe(1)
    expect((await world.run(['append', 'audit', '--drop-policy', ...asked])).exitCode).toBe(2)
  })

  it('cosigns a log that grows, and the policy is met', async () => {
    const { world, witness, asked } = await witnessed()
    for (const size of [1, 2]) {
      const ran = await world.json(['append', 'audit', ...asked], { stdin: recordLine('PAT-1') })
      expect(ran).toMatchObject({ size })
    }
    const verified = await world.json(['verify', 'audit', ...asked])
    expect(verified).toMatchObject({ ok: true, checkpoint: { size: 2, witnesses: ['w1'] } })
    // The policy is remembered: whatever is written later is cosigned, too.
    await world.json(['append', 'audit'], { stdin: recordLine('PAT-9') })
    await world.run(['shred', '--actor', 'Dr. Okafor', 'audit', 'PAT-9'])
    const later = await world.json(['verify', 'audit', ...asked])
    expect(later).toMatchObject({ ok: true, checkpoint: { size: 5, witnesses: ['w1'] } })
    expect((await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body: 'x' })).status).toBe(400)
    expect((await fetch(`${witness.url}/nothing`)).status).toBe(404)
    await witness.stop()
    const alone = await world.run(['append', 'audit', ...asked], { stdin: recordLine('PAT-1') })
    expect(codeIn(alone)).toBe('tlog/too-few-witnesses')
    expect((await world.run(['verify', 'audit', '--policy', 'policy.txt'])).stderr).toContain(
      'tlog/weak-policy',
    )
  })

  it('keeps evidence of a log that was rolled back and went on otherwise', async () => {
    const { world, witness, asked } = await witnessed()
    const append = (patient: string) =>
      world.run(['append', 'audit', ...asked], { stdin: recordLine(patient) })
    await append('PAT-1')
    cpSync(join(world.cwd, 'audit'), join(world.cwd, 'older'), { recursive: true })
    await append('PAT-2')
    rmSync(join(world.cwd, 'audit'), { recursive: true })
    cpSync(join(world.cwd, 'older'), join(world.cwd, 'audit'), { recursive: true })
    expect(codeIn(await append('PAT-3'))).toBe('tlog/too-few-witnesses')
    const [file = ''] = readdirSync(join(world.cwd, 'witness')).filter(name => name.startsWith('fork-'))
    const evidence = parseForkEvidence(readFileSync(join(world.cwd, 'witness', file), 'utf8'))
    expect(verifyFork(evidence, parseVerifierKey(world.key))).toBe(true)
    await witness.stop()
  })

  it('does not start on an older store, until what it cosigned comes back from the log', async () => {
    const { world, witness, asked } = await witnessed()
    const append = () => world.run(['append', 'audit', ...asked], { stdin: recordLine('PAT-1') })
    const [seen, backup] = [join(world.cwd, 'witness', 'seen'), join(world.cwd, 'backup')]
    await append()
    cpSync(seen, backup, { recursive: true, filter: path => !path.includes('.lock') })
    await append()
    await witness.stop()
    rmSync(seen, { recursive: true })
    cpSync(backup, seen, { recursive: true })
    const start = ['witness', '--name', 'witness.example/w1', '--log', world.key]
    const refused = await world.run([...start, 'witness'])
    expect(codeIn(refused)).toBe('tlog/witness-rolled-back')
    expect(refused.stderr).toContain('--adopt')
    cpSync(join(world.cwd, 'audit/log/checkpoint'), join(world.cwd, 'kept.txt'))
    writeFileSync(
      join(world.cwd, 'bare.txt'),
      readFileSync(join(world.cwd, 'kept.txt'), 'utf8').replace(/^.* witness.*\n/m, ''),
    )
    const bare = await world.run([...start, '--adopt', 'bare.txt', 'witness'])
    expect(bare.stderr).toContain('bare.txt: ')
    expect(codeIn(bare)).toBe('note/unsigned')
    const log = await served(world.cwd, ['serve', 'audit'])
    const nothing = await world.run([...start, '--adopt', `${log.url}/none`, 'witness'])
    expect(nothing.exitCode).toBe(2)
    const again = await served(world.cwd, [...start, '--adopt', log.url, '--adopt', 'kept.txt', 'witness'])
    await again.stop()
    await log.stop()
    await (await served(world.cwd, [...start, 'witness'])).stop()
  })
})
