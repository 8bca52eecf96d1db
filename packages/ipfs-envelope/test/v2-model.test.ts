/** A package over its life against a model of who was granted what: sets of names, and nothing else. */
import {
  advancePin,
  type GrantList,
  type GrantPin,
  grantAccess,
  isGranted,
  latestList,
  openGrant,
  parseGrantList,
  publishVersion,
  readRecord,
  reEncrypt,
  shareRecord,
  shred,
  takeBackAccess,
} from '@chartseal/ipfs-envelope'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  header,
  joined,
  newOwner,
  type Person,
  pattern,
  person,
  pinOf,
  type World,
  world,
} from './v2-people.js'

const everybody = Array.from({ length: 4 }, () => person())
const doctor = person()

/** What one list should do. */
interface Said {
  readonly list: GrantList
  readonly readers: ReadonlySet<number>
  /** Versions that its readers may open, and what is in them. */
  readonly versions: ReadonlyMap<number, Uint8Array>
}

type Who = readonly number[]
type Action =
  | { readonly do: 'grant'; readonly who: Who }
  | { readonly do: 'take-back'; readonly who: Who }
  | { readonly do: 're-encrypt'; readonly who: Who; readonly history: boolean }
  | { readonly do: 'version'; readonly who: Who; readonly history: boolean }
  | { readonly do: 'look'; readonly who: Who }
  | { readonly do: 'shred' }

const who = fc.uniqueArray(fc.nat(everybody.length - 1), { maxLength: 3 })
const history = fc.boolean()
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('grant' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take-back' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('re-encrypt' as const), who, history }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('version' as const), who, history }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('shred' as const) }) },
)

class Life {
  readonly #world: World = world()
  readonly #owner = newOwner()
  readonly #said: Said[] = []
  readonly #pins: GrantPin[] = []
  readonly #deleted = new Set<number>()
  #round = 0

  async begin(): Promise<void> {
    const content = pattern(40)
    const request = { header: header(40), content, recipients: [doctor.recipient] }
    const list = await shareRecord(this.#world.ports, this.#owner, request)
    this.#said.push({ list, readers: new Set(), versions: new Map([[1, content]]) })
    for (const _ of everybody) this.#pins.push(pinOf(list))
  }

  get #now(): Said {
    return this.#said.at(-1) ?? expect.fail('nothing was said')
  }

  get #isShredded(): boolean {
    return this.#deleted.has(this.#now.list.version)
  }

  /** Which payload each version has: every list names all before it. */
  #checkNamed({ version, history }: GrantList): void {
    expect(history.map(one => one.version)).toEqual(Array.from({ length: version - 1 }, (_, i) => i + 1))
    for (const one of history) {
      const said = this.#said.find(({ list }) => list.version === one.version)
      expect([one.payloadCid, one.isGone]).toEqual([said?.list.payloadCid, this.#deleted.has(one.version)])
    }
  }

  async act(action: Action): Promise<void> {
    this.#round++
    if (action.do === 'look') await this.#look(action.who)
    else if (!this.#isShredded) await this.#change(action)
    await this.#checkEverybody()
  }

  async #change(action: Exclude<Action, { do: 'look' }>): Promise<void> {
    const { ports } = this.#world
    const { list, readers, versions } = this.#now
    const { identity } = doctor
    if (action.do === 'shred') {
      const { list: last } = await shred(ports, this.#owner, list)
      for (let version = 1; version <= list.version; version++) this.#deleted.add(version)
      this.#say(last, new Set(), new Map())
      return
    }
    const people = action.who.map(index => (everybody[index] ?? doctor).recipient)
    if (action.do === 'grant') {
      const next = await grantAccess(ports, this.#owner, identity, list.packageId, people)
      this.#say(next, new Set([...readers, ...action.who]), versions)
    } else if (action.do === 'take-back') {
      const { list: next } = await takeBackAccess(ports, this.#owner, list.packageId, people)
      this.#say(next, new Set([...readers].filter(index => !action.who.includes(index))), versions)
    } else if (action.do === 're-encrypt') {
      const keep = [doctor.recipient, ...people]
      const request = { from: list, keep, history: action.history }
      const { list: next } = await reEncrypt(ports, this.#owner, identity, request)
      const content = versions.get(list.version) ?? new Uint8Array(0)
      const before = [...versions].filter(([version]) => version < list.version && action.history)
      // Whoever stays may read either what is before, or nothing of it is left.
      for (const { version } of list.history) if (!action.history) this.#deleted.add(version)
      this.#deleted.add(list.version)
      this.#say(next, new Set(action.who), new Map([...before, [next.version, content]]))
    } else {
      const content = pattern(40, this.#round + 10)
      const recipients = [doctor.recipient, ...people]
      const request = { header: header(40), content, recipients, history: action.history }
      const next = await publishVersion(ports, this.#owner, identity, list, request)
      const before = action.history ? [...versions] : []
      this.#say(next, new Set(action.who), new Map([...before, [next.version, content]]))
    }
  }

  #say(list: GrantList, readers: ReadonlySet<number>, versions: ReadonlyMap<number, Uint8Array>): void {
    if (list.seq !== this.#now.list.seq) this.#said.push({ list, readers, versions })
  }

  /** They see the newest list, and remember it. */
  async #look(indexes: readonly number[]): Promise<void> {
    for (const index of indexes) {
      const list = await latestList(this.#world.ports, this.#now.list.packageId)
      const pin = this.#pins[index] ?? expect.fail('nobody')
      this.#pins[index] = advancePin(pin, list)
    }
  }

  async #checkEverybody(): Promise<void> {
    const shown = this.#said.map(said => ({ ...said, list: parseGrantList(said.list.bytes) }))
    for (const [index, someone] of everybody.entries()) {
      for (const said of shown) await this.#checkOpening(said, index, someone)
      await this.#checkReading(index, someone)
    }
    await this.#checkOpening(this.#now, -1, doctor)
  }

  /** Whatever list they are shown, old or new. */
  async #checkOpening({ list, readers }: Said, index: number, someone: Person): Promise<void> {
    const pin = this.#pins[index] ?? pinOf(list)
    const isOlder = pin.newest !== null && list.seq < pin.newest.seq
    const isReader = index === -1 ? list.recipientCount > 0 : readers.has(index)
    const expected = isOlder ? 'grants/older' : isReader ? 'accepted' : 'open/failed'
    expect(await codeOf(() => openGrant(list, someone.identity, { pin, nowMs: 0 }))).toBe(expected)
    expect(isGranted(list, someone.recipient)).toBe(isReader)
  }

  /** Every version through the newest list. */
  async #checkReading(index: number, { identity }: Person): Promise<void> {
    const { list, readers, versions } = this.#now
    const options = { pin: pinOf(list), nowMs: 0 }
    for (let version = 1; version <= list.version; version++) {
      let content: Uint8Array | null = null
      const code = await codeOf(async () => {
        const record = await readRecord(this.#world.ports, list, identity, { ...options, version })
        content = await joined(record.content)
      })
      const may = readers.has(index) && versions.has(version)
      const isThere = !this.#deleted.has(version)
      expect(code).toBe(!may ? 'open/failed' : isThere ? 'accepted' : 'envelope/blob-not-found')
      if (may && isThere) expect(content).toEqual(versions.get(version))
    }
  }

  /** What the store still has, and says of the rest. */
  async end(): Promise<void> {
    const { graves, ports, blocks } = this.#world
    const payloads = new Set(this.#said.map(({ list }) => list.payloadCid))
    this.#checkNamed(this.#now.list)
    expect(blocks.size).toBe(payloads.size - this.#deleted.size)
    if (this.#isShredded) expect([blocks.size, graves.size]).toEqual([0, payloads.size])
    for (const { list } of this.#said) {
      const isGone = this.#deleted.has(list.version)
      expect(await ports.blobs.has(list.payloadCid)).toBe(!isGone)
      expect(graves.has(list.payloadCid)).toBe(isGone)
    }
  }
}

describe('a package over its life', () => {
  it('opens for whom it was granted to, for nobody else, and never backwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 10 }), async actions => {
        const life = new Life()
        await life.begin()
        for (const one of actions) await life.act(one)
        await life.end()
      }),
      propertyRuns(30, 6),
    )
  })
})
