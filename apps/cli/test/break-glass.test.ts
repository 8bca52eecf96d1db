import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '@chartseal/core/system'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Io } from '../dist/io/io.js'
import { run as runLine } from '../dist/run.js'
import { cli, cliJson, emptyFolder, Sink, type World, worldIo } from './cli.js'
import { program, Server } from './clinic-server.js'
import { codeIn } from './codes.js'

/** `audit witness`, until the test ends. Gives its line in a policy. */
async function witness(cwd: string, name: string, logKey: string): Promise<string> {
  const stdout = new Sink()
  let interrupt = (): void => undefined
  const io: Io = {
    ...worldIo({ cwd, clock: systemClock }, stdout, new Sink()),
    onInterrupt(stop) {
      interrupt = () => stop()
      return () => undefined
    },
  }
  const ended = runLine(
    ['audit', 'witness', '--name', `${name}.example/w`, '--log', logKey, '--port', '0', name],
    io,
  )
  onTestFinished(async () => {
    interrupt()
    await ended
  })
  await expect.poll(() => stdout.text).toMatch(/Listening/)
  const [key = '', listening = ''] = stdout.text.split('\n')
  return `witness ${name} ${key} ${listening.replace('Listening at ', '')}`
}

const roles = {
  rosa: 'doctor',
  ines: 'doctor',
  chief: 'doctor',
  second: 'doctor',
  eva: 'custodian',
  luis: 'custodian',
  otto: 'custodian',
} as const
type Name = keyof typeof roles

/** A clinic with two witnesses, whose people are enrolled; `by` runs a command of break-glass with somebody's key. */
async function clinic() {
  const cwd = emptyFolder()
  const made = [
    'init',
    '--data',
    join(cwd, 'clinic'),
    '--name',
    'North Street',
    '--origin',
    'http://localhost:1',
  ]
  const { stderr } = await promisify(execFile)(process.execPath, [program, ...made], { env: {} })
  const logKey = /^Witnesses know it by (.+)$/m.exec(stderr)?.[1] ?? ''
  const lines = [await witness(cwd, 'w1', logKey), await witness(cwd, 'w2', logKey)]
  writeFileSync(join(cwd, 'policy.txt'), [...lines, 'group both 2 w1 w2', 'quorum both', ''].join('\n'))
  const server = new Server(cwd, ['--witness-policy', join(cwd, 'policy.txt')])
  await server.start()
  const kids: Record<string, string> = {}
  const world: World = { cwd, clock: systemClock }
  const links = {
    doctor: await server.invitations('doctor', 4),
    custodian: await server.invitations('custodian', 3),
  }
  for (const [name, role] of Object.entries(roles)) {
    const device = ['conference', 'device', '--server', server.url, '--key', `${name}.device`]
    const env = { CHARTSEAL_INVITATION: links[role].pop() ?? '' }
    kids[name] = `${(await cliJson(device, { ...world, env }))['kid']}`
  }
  const words = (name: Name, args: string): readonly string[] => [
    'break-glass',
    ...args.split(' ').map(word => word.replaceAll('~', ' ')),
    ...['--server', server.url, '--key', `${name}.device`],
  ]
  return {
    ...{ cwd, server, kids },
    by: (name: Name, args: string, more: World = {}) => cli(words(name, args), { ...world, ...more }),
    json: (name: Name, args: string) => cliJson(words(name, args), world),
    at: (url: string, name: Name, args: string) => cli([...words(name, args), '--server', url], world),
    envelope: (args: string) => cli(['envelope', ...args.split(' ')], world),
  }
}

const pinned = '--trust clinic.trust'

/** The same with a roster, keys of custodians, and a set for a record in `record.read`. */
async function ready() {
  const world = await clinic()
  const { by, kids, json, envelope, cwd } = world
  const named = (name: string): string => (name === 'ines' ? '=Dr.~Ines~Marte' : '')
  const people = Object.entries(roles).map(([name, role]) => `--person ${kids[name]}=${role}${named(name)}`)
  const officers = `--officer ${kids['chief']} --officer ${kids['second']}`
  const roster = `roster ${officers} --threshold 2 ${people.join(' ')}`
  const alone = await json('chief', `${roster} --out roster.draft`)
  expect(alone).toMatchObject({ published: false, signed: 1, needed: 2 })
  const unread = await by('second', 'roster --draft roster.draft')
  expect([unread.exitCode, unread.stderr]).toEqual([2, expect.stringContaining(`+ ${kids['eva']} custodian`)])
  expect(unread.stderr).toContain(`+ ${kids['ines']} doctor, Dr. Ines Marte\n`)
  expect(await json('second', 'roster --yes --draft roster.draft')).toMatchObject({ published: true, seq: 1 })
  expect(await json('eva', 'trust --out clinic.trust')).toMatchObject({ witnesses: ['w1', 'w2'], roster: 1 })
  const later = `roster --person ${kids['otto']}=custodian --out next.draft`
  await json('chief', later)
  expect(await json('second', 'roster --yes --draft next.draft')).toMatchObject({ published: true, seq: 2 })
  for (const name of ['eva', 'luis', 'otto'] as const) await json(name, `key --out ${name}.custody`)
  writeFileSync(join(cwd, 'record.txt'), 'penicillin: anaphylaxis')
  await envelope('keygen --out rosa.id')
  await envelope('recipient --identity rosa.id --out rosa.rec')
  const owner = `--owner-key rosa.device --identity rosa.id`
  await envelope(`put --store blocks ${owner} --to rosa.rec --out record.grants record.txt`)
  const known = `--known seen --owner ${kids['rosa']}`
  await envelope(`capability --kind read --identity rosa.id ${known} record.grants --out record.read`)
  const custodians = ['eva', 'luis', 'otto'].map(name => `--custodian ${kids[name]}`).join(' ')
  const plan = `--capability record.read --about Allergies --threshold 2 --witnesses 2 ${custodians}`
  return { ...world, plan, later: (name: Name, args: string) => json(name, `${args} ${pinned}`) }
}

/** A clinic that answers what it was asked once with what it said of another thing. */
async function liar(url: string) {
  const said = new Map<string, string>()
  const swaps = new Map<string, string>()
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && name !== 'host' && name !== 'connection' ? [[name, value]] : [],
    )
    const answer = await fetch(`${url}${path}`, { headers })
    said.set(path, await answer.text())
    response.end(said.get(swaps.get(path) ?? path))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return { swaps, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
}

/** Nothing is signed about another request or set than the one that was named. */
async function expectNoOther(world: Awaited<ReturnType<typeof ready>>, one: string, other: string) {
  const { swaps, url } = await liar(world.server.url)
  const ask = (name: Name, args: string) => world.at(url, name, `${args} ${pinned}`)
  for (const path of [one, other])
    expect(await ask('eva', `show --id ${path}`)).toMatchObject({ exitCode: 0 })
  swaps.set(`/v1/breakglass/${one}`, `/v1/breakglass/${other}`)
  for (const [name, act] of [
    ['eva', 'release --yes --custody eva.custody'],
    ['otto', 'deny --yes'],
    ['chief', 'review --verdict justified'],
  ] as const)
    expect(codeIn(await ask(name, `${act} --id ${one}`))).toBe('break-glass/other-request')
}

/** It believes no clinic but the one that was pinned, and makes no set that nobody can open. */
async function refusals({ by, json, plan, cwd, kids }: Awaited<ReturnType<typeof ready>>): Promise<void> {
  const from = 'trust --from clinic.trust --out next.trust'
  expect(await json('eva', from)).toMatchObject({ roster: 2 })
  expect((await by('eva', 'trust --out new.trust')).stdout).toMatch(/witness w1 w1\.example\/w\+\S+ http/)
  const trust = JSON.parse(readFileSync(join(cwd, 'clinic.trust'), 'utf8'))
  const elsewhere = { ...trust, origin: 'https://other.example' }
  for (const [name, text, code] of [
    ['other.trust', JSON.stringify(elsewhere), 'cli/other-clinic'],
    ['kind.trust', JSON.stringify({ ...trust, kind: 'x' }), 'cli/trust'],
    ['bad.trust', JSON.stringify({ ...trust, log: 'x' }), 'cli/trust'],
  ] as const) {
    writeFileSync(join(cwd, name), text)
    expect(codeIn(await by('eva', `verify --trust ${name}`))).toBe(code)
  }
  const strangers = plan.replace(`${kids['eva']}`, `${kids['ines']}`)
  expect((await by('rosa', `set ${strangers} ${pinned}`)).stderr).toContain('has no key yet')
  const [foreign, weak] = [plan, plan.replace('--witnesses 2', '--witnesses 3')]
  expect(codeIn(await by('ines', `set ${foreign} ${pinned}`))).toBe('break-glass/invalid')
  expect(codeIn(await by('rosa', `set ${weak} ${pinned}`))).toBe('break-glass/no-witness')
  expect(codeIn(await by('ines', `ask --request none.secret ${pinned}`))).toContain('--set ID')
  expect(codeIn(await by('chief', `roster`))).toContain('say what changes')
  for (const person of ['patient=Rosa', 'doctor=Dr.~~Ines'])
    expect(await by('chief', `roster --person ${kids['ines']}=${person}`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('patients have none'),
    })
  expect(codeIn(await by('eva', `key --out eva.custody`))).toContain('exists already')
}

/** An officer who reviewed is none any more: who sees the review is told that the newest roster does not stand behind it. */
async function unknownSigner(
  { by, later, json, kids }: Pick<Awaited<ReturnType<typeof ready>>, 'by' | 'later' | 'json' | 'kids'>,
  id: string,
): Promise<void> {
  const before = await by('eva', `show --id ${id} ${pinned}`)
  expect(before.stdout).toContain(`Asked by   Dr. Ines Marte, ${kids['ines']}`)
  expect(before.stdout).not.toContain('newest roster')
  const gone = `roster --officer ${kids['second']} --threshold 1 --out last.draft`
  await json('chief', gone)
  expect(await json('second', 'roster --yes --draft last.draft')).toMatchObject({ published: true, seq: 3 })
  const shown = await by('eva', `show --id ${id} ${pinned}`)
  expect(shown.stdout).toMatch(
    /reviewed as justified: Seen \(witnessed, not by the newest roster: ask an officer\)/,
  )
  const { events } = await later('eva', `show --id ${id}`)
  expect(events).toContainEqual(expect.objectContaining({ kind: 'reviewed', name: null, rostered: false }))
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'opened', name: 'Dr. Ines Marte', rostered: true }),
  )
  const verified = await by('eva', `verify ${pinned}`)
  expect(verified).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('1 of its events are signed'),
  })
}

/** Closed, reviewed, seen by everybody; and nothing without the server. */
async function afterwards(
  { by, later, json, kids, server }: Awaited<ReturnType<typeof ready>>,
  id: string,
): Promise<void> {
  expect(codeIn(await by('chief', `review --verdict justified --id ${id} ${pinned}`))).toBe(
    'break-glass/not-over',
  )
  expect(await later('ines', `close --text Treated --id ${id}`)).toMatchObject({ state: 'closed' })
  const reviewed = await by('chief', `review --verdict justified --text Seen --id ${id} ${pinned}`)
  expect(reviewed.stdout).toContain('The owner has made no new emergency set')
  expect(await later('eva', `show --id ${id}`)).toMatchObject({
    state: 'reviewed',
    releases: [kids['eva'], kids['luis']],
    reviews: [{ by: kids['chief'], verdict: 'justified' }],
  })
  const events = (await by('chief', `show --fhir R4 --id ${id} ${pinned}`)).stdout.trim().split('\n')
  expect(events.map(event => JSON.parse(event).resourceType)).toEqual(Array(3).fill('AuditEvent'))
  expect(await later('chief', 'verify')).toMatchObject({
    wrong: 0,
    requests: [{ id, state: 'reviewed' }, { state: 'asked' }],
  })
  expect((await by('chief', 'drill')).stdout).toMatch(/opened after \d+\.\d minutes/)
  expect((await by('otto', 'list')).stdout).toContain('reviewed')
  await unknownSigner({ by, later, json, kids }, id)
  await server.kill()
  const away = await by('otto', `show --id ${id} ${pinned}`)
  expect(away).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('does not answer') })
}

describe('chartseal break-glass', () => {
  it('opens one record by two of three custodians, and everybody sees how', async () => {
    const world = await ready()
    const { by, later, json, plan, envelope, cwd, kids } = world
    await refusals(world)
    const { set } = await later('rosa', `set ${plan} --drill`)
    expect(await json('ines', 'list --sets')).toMatchObject({
      sets: [{ id: set, drill: true, threshold: 2 }],
    })
    const asking = `ask --set ${set} --text Found~unconscious --request request.secret`
    const asked = await later('ines', asking)
    expect(asked).toMatchObject({ state: 'asked', witnessed: true, requester: kids['ines'] })
    expect(await later('ines', asking)).toMatchObject({ request: asked['request'], state: 'asked' })
    const hurried = await by('ines', `ask --set ${set} --text Bleeding --request request.secret ${pinned}`)
    expect(hurried).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('name a new file') })
    const id = `${asked['request']}`
    const open = `open --request request.secret --out opened.read ${pinned}`
    expect(codeIn(await by('ines', open))).toBe('break-glass/undecided')
    const another = await later('ines', `ask --set ${set} --text Another --request another.secret`)
    await expectNoOther(world, id, `${another['request']}`)
    const release = `release --custody eva.custody --id ${id} ${pinned}`
    expect(await by('eva', release)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Found unconscious'),
    })
    expect(await by('eva', release, { isTerminal: true, typed: 'no' })).toMatchObject({ exitCode: 130 })
    expect(await by('eva', release, { isTerminal: true, typed: 'release' })).toMatchObject({ exitCode: 0 })
    expect(codeIn(await by('luis', `release --custody eva.custody --yes --id ${id} ${pinned}`))).toBe(
      'break-glass/no-share',
    )
    const denied = await later('otto', `deny --text Is~she~awake? --yes --id ${id}`)
    expect(denied).toMatchObject({ state: 'asked', denials: [kids['otto']] })
    expect(await later('luis', `sheet --custody luis.custody --out luis.sheet --set ${set}`)).toMatchObject({
      index: 2,
    })
    expect(codeIn(await by('luis', `release --yes --id ${id} ${pinned}`))).toContain('--sheet')
    expect(await later('luis', `release --sheet luis.sheet --yes --id ${id}`)).toMatchObject({
      state: 'released',
    })
    expect(await by('ines', open)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('opened (witnessed)'),
    })
    const read = await envelope('get --store blocks --capability opened.read')
    expect(read.stdout).toBe('penicillin: anaphylaxis')
    expect(readFileSync(join(cwd, 'opened.read'), 'utf8')).toBe(
      readFileSync(join(cwd, 'record.read'), 'utf8'),
    )
    await afterwards(world, id)
  })
})

describe('a clinic without witnesses or a roster', () => {
  it('can be pinned by nobody', async () => {
    const cwd = emptyFolder()
    const about = { origin: 'http://localhost:1', roster_seq: null, log: { policy: null as string | null } }
    const server = createServer((_request, response) => response.end(JSON.stringify(about)))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    await cli('envelope keygen --out rosa.id --owner-key rosa.device'.split(' '), { cwd })
    const trust = `break-glass trust --server ${url} --key rosa.device --out clinic.trust`.split(' ')
    expect(codeIn(await cli(trust, { cwd }))).toBe('break-glass/no-witness')
    about.log.policy = 'quorum none'
    expect(codeIn(await cli(trust, { cwd }))).toBe('cli/no-roster')
  })
})

describe('a clinic some of whose rows are damaged', () => {
  it('is listed to its end, with what it cannot read by name, and for ever by nobody', async () => {
    const cwd = emptyFolder()
    const [id, asked] = ['A'.repeat(22), [] as string[]]
    const server = createServer((request, response) => {
      const { url = '' } = request
      if (url.includes('after=')) asked.push(url)
      const broken = asked.length === 1 ? [{ id, position: 500 }] : []
      const origin = 'http://localhost:1'
      response.end(JSON.stringify({ origin, requests: [], broken, more: true, now_ms: Date.now() }))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    await cli('envelope keygen --out rosa.id --owner-key rosa.device'.split(' '), { cwd })
    const listed = await cli(`break-glass list --server ${url} --key rosa.device`.split(' '), { cwd })
    expect(listed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(`^${id}  damaged: `) })
    expect(asked.map(path => path.replace(/.*after=/, ''))).toEqual(['0', '500'])
  })
})
