/** A clinic in memory that answers as docs/spec/clinic-api.md says, signatures and receipts included. */
import { createHash } from 'node:crypto'
import {
  type AccessAct,
  type AccessEntry,
  accessCommitment,
  clinicLeafCodec,
  encodeAccessEntry,
  receipt,
} from '@chartseal/audit/access'
import { requireFresh, requireSignature, verifyRequest } from '@chartseal/clinic/signed-request'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock } from '@chartseal/core/ports'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import {
  ed25519Signer,
  formatProof,
  type LogWriter,
  mapSource,
  memoryStorage,
  type NoteSigner,
  openLogWriter,
  parseProof,
  parseVerifierKey,
} from '@chartseal/tlog'
import type { DeviceRole } from '../dist/device/role.js'
import { FakeConferences } from './fake-conferences.js'
import { FakeEmergencies } from './fake-emergencies.js'
import { FakeRecords } from './fake-records.js'
import { cosigned } from './fake-witnesses.js'

type LogRequest = Parameters<typeof clinicLeafCodec.encode>[0]

interface Device {
  readonly key: Uint8Array
  readonly role: DeviceRole
  readonly mailbox: string
}

interface Kept {
  readonly id: string
  readonly from: string
  readonly bytes: Uint8Array
  readonly position: number
  acknowledged: boolean
}

interface Entry {
  readonly index: number
  readonly id: string
  readonly salt: Uint8Array
  readonly entry: Uint8Array
  readonly parties: readonly string[]
}

const answer = (status: number, body: unknown): Response => Response.json(body, { status })
const problem = (status: number, code: string, more: object = {}): Response =>
  answer(status, {
    type: `urn:chartseal:${code}`,
    status,
    code,
    title: code,
    next: 'next',
    request: '',
    ...more,
  })

/** Open it with {@link fakeClinic}. */
export class FakeClinic {
  /** All bytes that reached the clinic, bodies and addresses. */
  readonly seen: Uint8Array[] = []
  readonly boxes = new Map<string, Kept[]>()
  readonly entries: Entry[] = []
  /** What the network does from now on. */
  network: 'up' | 'down' | 'answers-lost' = 'up'
  /** Refuses deposits with this problem; `null` takes them. */
  refuse: { readonly status: number; readonly code: string; readonly retryMs: number } | null = null
  /** What something between the page and the clinic answers in its place; `null` lets the request pass. */
  between: ((request: Request) => Response | null | Promise<Response | null>) | null = null
  /** Gives another salt for each entry, as a lying server might. */
  lies = false
  /** Gives the same messages whatever was asked for, and says that there are more. */
  repeats = false
  /** Whom it names when a device enrols; `null` names the device. */
  names: string | null = null
  /** Whether a slot that is empty waits, as it was asked to. */
  holdsSlots = true
  /** Refuses each request for a slot with this status; `null` takes them. */
  refuseSlots: number | null = null
  slotRequests = 0
  /** Steps that were put, in their order. */
  readonly stepsPut: string[] = []
  /** Devices that ended. */
  readonly ended: string[] = []
  /** Whether the log has published what it took. */
  publishes = true
  /** Gives no answer to a request for a receipt once so many were given. */
  receiptsLeft = Number.POSITIVE_INFINITY
  /** The policy that it names, and the witnesses that have cosigned. */
  policy: string | null = null
  witnesses: readonly NoteSigner[] = []
  /** Answers the next signed requests with these problems, one each. */
  readonly refusals: { readonly status: number; readonly code: string }[] = []
  /** Blocks, packages and links. */
  readonly records = new FakeRecords(problem, async (act, by, { ids, device = '', purpose }, parties) => {
    await this.#log(
      { act, by, box: '', ids, device, ...(purpose === 'TREAT' || purpose === 'HRESCH' ? { purpose } : {}) },
      parties,
    )
  })
  readonly conferences = new FakeConferences(problem)
  readonly emergencies = new FakeEmergencies(problem, {
    log: (entry, parties) => this.#log(entry, parties),
    receipt: async id => (this.publishes ? await this.#proofOf(id) : null),
    nowMs: () => this.#clock.nowMs(),
  })
  readonly origin: string
  readonly #clock: Clock
  #storage = memoryStorage()
  #signer = ed25519Signer('localhost:8471/log', SigningKey.generate(random))
  readonly #devices = new Map<string, Device>()
  readonly #invitations = new Map<string, DeviceRole>()
  readonly #slots = new Map<string, Uint8Array | null>()
  readonly #startedMs: number
  #opening: Promise<LogWriter<LogRequest>>

  constructor(origin: string, clock: Clock) {
    this.origin = origin
    this.#clock = clock
    this.#startedMs = clock.nowMs()
    this.#opening = this.#openLog()
  }

  #openLog(): Promise<LogWriter<LogRequest>> {
    const log = { storage: this.#storage, signer: this.#signer, codec: clinicLeafCodec, clock, random }
    return openLogWriter({ ...log, origin: this.#signer.name })
  }

  get verifierKey(): string {
    return this.#signer.verifierKey
  }

  /** What a restore with a new log does: entries of before are not given any more. */
  beginNewLog(name: string): void {
    this.#storage = memoryStorage()
    this.#signer = ed25519Signer(name, SigningKey.generate(random))
    this.#opening = this.#openLog()
    this.entries.splice(0)
  }

  /** What a restore of a backup of before this device does. */
  forget(kid: string): void {
    this.boxes.delete(this.#devices.get(kid)?.mailbox ?? '')
    this.#devices.delete(kid)
  }

  invite(role: DeviceRole): string {
    const token = encodeBase64Url(random.bytes(32))
    this.#invitations.set(token, role)
    return token
  }

  readonly fetch: typeof fetch = async (input, init) => {
    await new Promise(resolve => setTimeout(resolve, 0))
    if (this.network === 'down') throw new TypeError('network')
    const request = new Request(new URL(String(input), this.origin), init)
    request.headers.set('x-size', String(init?.body instanceof Uint8Array ? init.body.length : 0))
    const response = (await this.between?.(request)) ?? (await this.#route(request))
    if (this.network === 'answers-lost') throw new TypeError('network')
    return response
  }

  #record(act: AccessAct, by: string, box: string, ids: readonly string[], parties: readonly string[]) {
    return this.#log({ act, by, box, ids, device: '' }, parties)
  }

  async #log(said: AccessEntry, parties: readonly string[]): Promise<Entry> {
    const salt = random.bytes(32)
    const entry = encodeAccessEntry(said)
    const { index } = await (await this.#opening).append({
      id: random.bytes(16),
      sum: accessCommitment(salt, entry),
    })
    const made = { index, id: encodeBase64Url(random.bytes(16)), salt, entry, parties }
    this.entries.push(made)
    return made
  }

  async #route(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer())
    const { pathname, search, searchParams } = new URL(request.url)
    this.seen.push(new TextEncoder().encode(`${pathname}${search}\n`), body)
    const [, first = '', kind = '', one = '', two = ''] = pathname.split('/')
    if (first !== 'v1') return problem(404, 'request/not-found')
    if (kind === 'clinic') return answer(200, this.#about())
    if (kind === 'slots') return this.#waitingSlot(request, `${one}/${two}`, body)
    const signed = this.#check(request, body, kind === 'devices' && body.length > 0 ? keyIn(body) : null)
    if ('refusal' in signed) return signed.refusal
    const refusal = this.refusals.shift()
    if (refusal !== undefined) return problem(refusal.status, refusal.code, { now_ms: this.#clock.nowMs() })
    const { kid } = signed
    if (kind === 'breakglass') return this.emergencies.request(request.method, kid, pathname, body)
    if (kind === 'roster') return this.emergencies.signedRoster(one)
    if (kind === 'devices') return this.#device(request.method, kid, one, body)
    if (kind === 'mailboxes') return this.#mailbox(request.method, kid, one, two, body, searchParams)
    if (kind === 'blobs') return this.records.blob(request.method, kid, one, body)
    if (kind === 'packages') {
      if (two === '') return this.records.about(kid, one)
      const purpose = searchParams.get('purpose') ?? ''
      return this.records.grants(request.method, kid, one, pathname.split('/')[5] ?? '', body, purpose)
    }
    if (kind === 'conferences') return this.conferences.request(request.method, kid, one)
    if (kind === 'links') return this.records.link(request.method, kid, one, two, body)
    if (kind === 'entries')
      return two === 'receipt' ? this.#receiptOf(one) : this.#entriesOf(kid, searchParams)
    return problem(404, 'request/not-found')
  }

  #about(): object {
    return {
      v: 1,
      name: 'Demo clinic',
      origin: this.origin,
      now_ms: this.#clock.nowMs(),
      roster_seq: null,
      log: { origin: this.#signer.name, verifier_key: this.#signer.verifierKey, policy: this.policy },
      limits: { message_bytes: 1_048_576 },
      console: null,
    }
  }

  #check(
    request: Request,
    body: Uint8Array,
    ownKey: Uint8Array | null,
  ): { kid: string } | { refusal: Response } {
    try {
      const read = requireSignature(name => request.headers.get(name))
      const digest = createHash('sha256').update(body).digest()
      const { pathname, search } = new URL(request.url)
      const key = ownKey ?? this.#devices.get(read.kid)?.key ?? null
      verifyRequest(read, key, { method: request.method, url: `${this.origin}${pathname}${search}` }, digest)
      requireFresh(read, this.#clock.nowMs(), this.#startedMs)
      return { kid: read.kid }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'server/fault'
      return { refusal: problem(401, code, { now_ms: this.#clock.nowMs() }) }
    }
  }

  async #enrol(kid: string, body: Uint8Array): Promise<Response> {
    const known = this.#devices.get(kid)
    const { invitation } = JSON.parse(new TextDecoder().decode(body))
    const role = this.#invitations.get(invitation)
    if (known === undefined && role === undefined) return problem(403, 'invitation/unknown')
    const device = known ?? {
      key: keyIn(body),
      role: role ?? 'patient',
      mailbox: encodeBase64Url(random.bytes(16)),
    }
    if (known === undefined) {
      this.#invitations.delete(invitation)
      this.#devices.set(kid, device)
      this.boxes.set(device.mailbox, [])
      await this.#record('device-enrolled', kid, '', [], [kid])
    }
    return answer(200, {
      kid: this.names ?? kid,
      role: device.role,
      mailbox: device.mailbox,
      enrolled_ms: this.#clock.nowMs(),
    })
  }

  async #device(method: string, by: string, kid: string, body: Uint8Array): Promise<Response> {
    if (method !== 'GET') return method === 'PUT' ? this.#enrol(by, body) : this.#end(by)
    const found = this.#devices.get(kid)
    return found === undefined
      ? problem(404, 'device/missing')
      : answer(200, { kid, identity: encodeBase64Url(found.key), role: found.role, mailbox: found.mailbox })
  }

  #end(kid: string): Response {
    this.ended.push(kid)
    return new Response(null, { status: 204 })
  }

  /** Holds what is asked for until it is there, as the clinic does. */
  async #waitingSlot({ method, signal }: Request, name: string, body: Uint8Array): Promise<Response> {
    if (this.refuseSlots !== null) return problem(this.refuseSlots, 'server/store', { retry_ms: 1 })
    this.slotRequests++
    while (method === 'GET' && this.holdsSlots && !this.#slots.has(name) && !signal.aborted)
      await new Promise(resolve => setTimeout(resolve, 1))
    return this.#slot(method, name, body)
  }

  #slot(method: string, name: string, body: Uint8Array): Response {
    const found = this.#slots.get(name)
    if (method === 'PUT') {
      this.#slots.set(name, body)
      this.stepsPut.push(name.split('/')[1] ?? '')
      return answer(200, { kept_ms: 600_000 })
    }
    if (found === undefined) return problem(404, 'slot/empty')
    if (found === null) return problem(410, 'slot/read')
    this.#slots.set(name, null)
    return new Response(Uint8Array.from(found), { headers: { 'content-type': 'application/octet-stream' } })
  }

  #ownerOf(box: string): string {
    return [...this.#devices].find(([, { mailbox: own }]) => own === box)?.[0] ?? ''
  }

  async #mailbox(
    method: string,
    kid: string,
    box: string,
    id: string,
    body: Uint8Array,
    query: URLSearchParams,
  ): Promise<Response> {
    const kept = this.boxes.get(box)
    if (kept === undefined) return problem(404, 'mailbox/missing')
    if (method === 'PUT') return this.#deposit(kid, box, kept, id, body)
    const found = kept.find(one => one.id === id)
    if (method === 'DELETE') {
      if (found !== undefined && !found.acknowledged) {
        found.acknowledged = true
        await this.#record('message-acknowledged', kid, box, [id], [kid, found.from])
      }
      return new Response(null, { status: 204 })
    }
    if (id !== '')
      return found === undefined
        ? problem(404, 'mailbox/no-message')
        : answer(200, {
            state: found.acknowledged ? 'delivered' : 'stored',
            position: found.position,
            stored_ms: 1,
          })
    const after = Number(query.get('after') ?? 0)
    const given = kept.filter(one => this.repeats || (!one.acknowledged && one.position > after))
    if (given.length > 0) {
      const ids = given.map(one => one.id)
      await this.#record('messages-given', kid, box, ids, [kid, ...given.map(({ from }) => from)])
    }
    const messages = given.map(one => ({ ...one, stored_ms: 1, body: encodeBase64Url(one.bytes) }))
    return answer(200, { messages: messages.map(({ bytes: _, ...rest }) => rest), more: this.repeats })
  }

  async #deposit(kid: string, box: string, kept: Kept[], id: string, body: Uint8Array): Promise<Response> {
    if (this.refuse !== null)
      return problem(this.refuse.status, this.refuse.code, { retry_ms: this.refuse.retryMs })
    const found = kept.find(one => one.id === id)
    if (found !== undefined && Buffer.compare(found.bytes, body) !== 0)
      return problem(409, 'mailbox/conflict')
    if (found === undefined) {
      kept.push({ id, from: kid, bytes: body, position: kept.length + 1, acknowledged: false })
      await this.#record('message-stored', kid, box, [id], [kid, this.#ownerOf(box)])
    }
    return answer(200, { position: kept.length, stored_ms: 1, index: 0 })
  }

  #entriesOf(kid: string, query: URLSearchParams): Response {
    const after = query.has('after') && !this.repeats ? Number(query.get('after')) : -1
    const entries = this.entries
      .filter(({ index, parties }) => index > after && parties.includes(kid))
      .map(({ index, id, salt, entry }) => ({
        index,
        id,
        salt: encodeBase64Url(this.lies ? new Uint8Array(32) : salt),
        entry: encodeBase64Url(entry),
      }))
    return answer(200, { entries, more: this.repeats })
  }

  async #receiptOf(id: string): Promise<Response> {
    if (!this.publishes) return problem(503, 'entry/not-published', { retry_ms: 1_000 })
    if (this.receiptsLeft-- <= 0) throw new TypeError('network')
    return new Response(await this.#proofOf(id), { headers: { 'content-type': 'text/plain' } })
  }

  async #proofOf(id: string): Promise<string> {
    await (await this.#opening).publish()
    const log = parseVerifierKey(this.#signer.verifierKey)
    const source = mapSource(this.#storage.files)
    const index = this.entries.find(one => one.id === id)?.index ?? 0
    const proof = parseProof(await receipt(source, index, { log }))
    return formatProof({ ...proof, checkpoint: cosigned(proof.checkpoint, this.witnesses) })
  }
}

export const fakeClinic = (origin = 'http://localhost:8471', clinicClock: Clock = clock): FakeClinic =>
  new FakeClinic(origin, clinicClock)

function keyIn(body: Uint8Array): Uint8Array {
  if (body.length === 0) return new Uint8Array(32)
  return decodeBase64Url(JSON.parse(new TextDecoder().decode(body)).identity)
}
