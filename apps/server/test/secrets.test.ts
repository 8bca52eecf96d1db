import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase64, encodeBase64Url, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { firstGrants, generateIdentityKey, recipientOf, storePayload } from '@chartseal/ipfs-envelope'
import { createLink } from '@chartseal/ipfs-envelope/shl'
import { blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { name16 } from './api-world.js'
import { bodyOf } from './links-world.js'
import { grantsBody, memory, ownerOf, pathOf } from './records-world.js'
import { Caller, origin, type ServerProcess, startServer } from './server-process.js'

const json = 'application/json'

/** What two devices have and the server must never see: here they seal with it and send what came out. */
const secrets = Array.from({ length: 20 }, () => systemRandom.bytes(24))

/** Every way in which bytes are usually written. */
function spellings(secret: Uint8Array): readonly Buffer[] {
  const texts = [
    encodeHex(secret),
    encodeHex(secret).toUpperCase(),
    encodeBase64(secret),
    encodeBase64Url(secret),
  ]
  return [Buffer.from(secret), ...texts.map(text => Buffer.from(text))]
}

const found = (where: Buffer, needles: readonly Buffer[]): boolean =>
  needles.some(needle => where.includes(needle))

function filesBelow(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name))
  return paths.filter(path => statSync(path).isFile())
}

/** Passes bytes on and keeps them: what somebody on the way sees. */
async function wiretap(port: number): Promise<{ readonly port: number; readonly seen: Buffer[] }> {
  const seen: Buffer[] = []
  const tap = net.createServer(client => {
    const server = net.connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', part => {
        seen.push(part)
        to.write(part)
      })
      from.on('close', () => to.destroy()).on('error', () => to.destroy())
    }
  })
  onTestFinished(() => void tap.close())
  await new Promise<void>(resolve => tap.listen(0, '127.0.0.1', resolve))
  const address = tap.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, seen }
}

async function seal(secret: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])
  return new Uint8Array(
    await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv: new Uint8Array(systemRandom.bytes(12)) },
      key,
      new Uint8Array(secret),
    ),
  )
}

interface Shared {
  /** What opens the records. */
  readonly keys: readonly Uint8Array[]
  /** What the log of the server must not have: names of packages, blocks, links, people. */
  readonly names: readonly string[]
}

/** A record under a key of its own for the patient, and a link that somebody elsewhere opens. */
async function shareOnce(doctor: Caller, patient: Caller, secret: Uint8Array): Promise<Shared> {
  const contentKey = AeadKey.generate(systemRandom)
  const identity = generateIdentityKey('x25519', systemRandom)
  const [packageId, content] = [systemRandom.bytes(16), await seal(secret)]
  const blocks = new Map<string, Uint8Array>()
  const header = {
    name: 'Rosa',
    mediaType: 'text/plain',
    createdMs: 1,
    labels: [],
    sizeBytes: content.length,
  }
  const id = { packageId, version: 1 }
  const blobs = blobStore(memory(blocks), { profile: 'chartseal-v2' })
  const cid = await storePayload(blobs, contentKey, id, header, content)
  for (const [name, block] of blocks) expect((await doctor.send('PUT', pathOf(name), block)).status).toBe(200)
  const list = await firstGrants(ownerOf(doctor.device), { ...id, cid, contentKey }, [recipientOf(identity)])
  const readers = [{ kid: patient.device.kid, until_ms: null, purposes: ['TREAT'] }]
  const name = encodeBase64Url(packageId)
  const path = `/v1/packages/${name}/grants`
  expect((await doctor.send('PUT', `${path}/1`, grantsBody(list, readers), json)).status).toBe(200)
  expect((await patient.send('GET', `${path}/latest?purpose=TREAT`)).status).toBe(200)
  expect((await patient.send('GET', pathOf(cid))).status).toBe(200)
  const { link, served } = await createLink({
    baseUrl: `${origin}/shl`,
    files: [{ contentType: 'application/fhir+json', content: encodeUtf8('{"resourceType":"Patient"}') }],
    nowMs: Date.now(),
  })
  expect((await doctor.send('PUT', `/v1/links/${served.id}`, bodyOf(served), json)).status).toBe(200)
  const asked = encodeUtf8('{"recipient":"Rosa"}')
  expect((await patient.send('POST', `/shl/${served.id}`, asked, json)).status).toBe(200)
  if (secret === secrets[0]) expect((await doctor.send('DELETE', pathOf(cid))).status).toBe(204)
  const keys = [contentKey.reveal(), identity.secret.reveal(), link.key.reveal()]
  return { keys, names: [name, cid, served.id] }
}

async function wholeDay(
  server: ServerProcess,
  port: number,
): Promise<{ readonly callers: readonly Caller[] } & Shared> {
  const [doctor, patient] = [new Caller(server), new Caller(server)]
  for (const caller of [doctor, patient]) caller.port = port
  await doctor.enrol(server.invitations[0] ?? '')
  await patient.enrol(server.invitations[1] ?? '')
  for (const secret of secrets) {
    const path = `/v1/mailboxes/${patient.mailbox}/${name16()}`
    expect((await doctor.send('PUT', path, await seal(secret))).status).toBe(200)
    expect(
      (await doctor.send('PUT', `/v1/entries/${name16()}?subject=${name16()}`, await seal(secret))).status,
    ).toBe(200)
    expect((await patient.send('DELETE', path)).status).toBe(204)
  }
  await doctor.send('PUT', `/v1/slots/${name16()}/offer`, await seal(secrets[0] ?? encodeUtf8('x')))
  await patient.send('GET', `/v1/mailboxes/${patient.mailbox}`)
  await patient.send('GET', '/v1/entries')
  await doctor.send('GET', '/nothing/of/the/kind?name=Rosa')
  const shared: Shared[] = []
  for (const secret of secrets.slice(0, 3)) shared.push(await shareOnce(doctor, patient, secret))
  return {
    callers: [doctor, patient],
    keys: shared.flatMap(({ keys }) => keys),
    names: shared.flatMap(({ names }) => names),
  }
}

describe('what the server has and says', () => {
  it('holds none of twenty planted secrets, and its own log nobody', async () => {
    const data = mkdtempSync(join(tmpdir(), 'chartseal-secrets-'))
    onTestFinished(() => rmSync(data, { recursive: true, force: true }))
    const server = await startServer(data, ['--log-level', 'debug'])
    const tap = await wiretap(server.port)
    const { callers, keys, names } = await wholeDay(server, tap.port)
    for (const caller of callers) caller.agent.destroy()
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    const needles = [...secrets, ...keys].flatMap(spellings)
    expect(keys).toHaveLength(9)
    const places = [
      Buffer.concat(tap.seen),
      Buffer.from(server.printed()),
      ...filesBelow(data).map(path => readFileSync(path)),
    ]
    expect(places.length).toBeGreaterThan(5)
    // The search finds what is there.
    expect(found(Buffer.concat(tap.seen), [Buffer.from(callers[0]?.device.kid ?? '')])).toBe(true)
    for (const place of places) expect(found(place, needles)).toBe(false)
    expectNobody(server.printed().split('A clinic of your own')[1] ?? '', callers, server, names)
    expectHashedInvitations(data, server)
  })
})

/** One line a request, and in none of them a name, an address, a kid, a mailbox or a path. */
function expectNobody(
  log: string,
  callers: readonly Caller[],
  { invitations }: ServerProcess,
  shared: readonly string[],
): void {
  const lines = log.split('\n').filter(line => line.startsWith('{'))
  expect(lines.length).toBeGreaterThan(60)
  const names = [...callers.flatMap(({ device, mailbox }) => [device.kid, mailbox]), ...shared]
  for (const name of [...names, ...invitations, 'Rosa', '127.0.0.1', '::1', '/nothing'])
    expect(lines.filter(line => line.includes(name))).toEqual([])
  for (const line of lines)
    expect(Object.keys(JSON.parse(line)).sort()).toEqual([
      'code',
      'level',
      'method',
      'ms',
      'request',
      'route',
      'status',
      'time',
    ])
}

/** Whoever reads the disk cannot use an invitation. */
function expectHashedInvitations(data: string, { invitations }: ServerProcess): void {
  const tokens = invitations.map(token => Buffer.from(token))
  for (const path of filesBelow(data)) expect(found(readFileSync(path), tokens)).toBe(false)
}
