import { readLogKey } from '@chartseal/clinic/fs/log'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  type Anchor,
  anchorOf,
  checkBundle,
  decodeBlock,
  decodeGenesis,
  type LedgerRecord,
  ledgerIdOf,
  lightError,
  recordError,
  ruleError,
} from '@chartseal/emr-ledger'
import { describe, expect, it, vi } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { ledgerProblems } from '../dist/http/ledger-problems.js'
import { registrarIn, signRoster } from '../dist/ledger/registrar.js'
import { decodeHeaders, decodeList } from '../dist/ledger/wire.js'
import { problemCode, startMs, type TestClinic, type TestDevice, testClinic } from './api-world.js'
import {
  type Ask,
  dispense,
  ledgerOf,
  pathOf,
  prescribe,
  put,
  putFinal,
  standing,
  untilFinal,
} from './ledger-world.js'

const asking =
  ({ ask, as }: TestClinic, device: TestDevice | null): Ask =>
  async (method, path, body) => {
    const answer = device === null ? await ask(method, path) : await as(device, method, path, body)
    return { status: answer.status, body: await answer.json() }
  }

async function world() {
  const clinic = await testClinic()
  const doctor = await clinic.enrol('doctor')
  const pharmacist = await clinic.enrol('pharmacist')
  const [byDoctor, byPharmacist, byNobody] = [doctor, pharmacist, null].map(one => asking(clinic, one))
  if (byDoctor === undefined || byPharmacist === undefined || byNobody === undefined) throw new Error('three')
  const beat = (): Promise<void> => clinic.clinic.ledger.beat()
  // The roster has both from then on.
  await beat()
  const done = (ask: Ask, record: LedgerRecord) => putFinal(ask, record, beat)
  return {
    clinic,
    doctor,
    pharmacist,
    byDoctor,
    byPharmacist,
    byNobody,
    beat,
    done,
    ledger: await ledgerOf(byNobody),
  }
}

describe('the ledger of a clinic', () => {
  it('gives out one of two units, and refuses the second that names the same state', async () => {
    const { doctor, pharmacist, byDoctor, byPharmacist, byNobody, done, ledger } = await world()
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 2)
    expect((await done(byDoctor, order)).prescription).toMatchObject({ status: 'ready', dispensed: 0 })
    const first = await dispense({ ledger, device: pharmacist, seq: 1n }, order.txid, order.txid, 1)
    await done(byPharmacist, first)
    expect((await standing(byNobody, order)).prescription).toMatchObject({
      status: 'partly',
      dispensed: 1,
      last: encodeBase64Url(first.txid),
      final: { status: 'partly', dispensed: 1 },
    })
    const again = await dispense({ ledger, device: pharmacist, seq: 2n }, order.txid, order.txid, 1)
    expect(await put(byPharmacist, again)).toMatchObject({
      status: 409,
      body: { code: 'ledger/stale-change' },
    })
    const tooMany = await dispense({ ledger, device: pharmacist, seq: 2n }, order.txid, first.txid, 2)
    expect(await put(byPharmacist, tooMany)).toMatchObject({
      status: 409,
      body: { code: 'ledger/too-many-units' },
    })
    const rest = await dispense({ ledger, device: pharmacist, seq: 2n }, order.txid, first.txid, 1)
    await done(byPharmacist, rest)
    expect((await standing(byNobody, order)).prescription).toMatchObject({ status: 'dispensed' })
  })

  it('answers the same for the same record again, and refuses it under another name', async () => {
    const { doctor, byDoctor, done, ledger } = await world()
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 1)
    await done(byDoctor, order)
    expect(await put(byDoctor, order)).toMatchObject({ status: 200, body: { state: 'sealed' } })
    const other = pathOf({ ...order, txid: systemRandom.bytes(32) })
    expect(await byDoctor('PUT', other, order.bytes)).toMatchObject({ body: { code: 'request/invalid' } })
    expect(await byDoctor('PUT', other, new Uint8Array(9))).toMatchObject({ body: { code: 'ledger/record' } })
  })

  it('lets one of two tills dispense that have one key and ask for the same units in the same second', async () => {
    const { doctor, pharmacist, byDoctor, byPharmacist, done, byNobody, ledger } = await world()
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 2)
    await done(byDoctor, order)
    const till = () => dispense({ ledger, device: pharmacist, seq: 1n }, order.txid, order.txid, 1)
    const tills = [await till(), await till()]
    const answers = await Promise.all(tills.map(record => put(byPharmacist, record)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    for (const record of tills) await put(byPharmacist, record)
    const taken = tills.filter((_, i) => answers[i]?.status === 200)
    for (const record of taken) await done(byPharmacist, record)
    expect((await standing(byNobody, order)).prescription).toMatchObject({ status: 'partly', dispensed: 1 })
    for (const record of tills.filter(one => !taken.includes(one)))
      expect(await put(byPharmacist, record)).toMatchObject({ status: 409 })
  })

  it('takes records of those alone whom the roster lets sign, and from devices alone that may hand them in', async () => {
    const { clinic, doctor, pharmacist, byDoctor, byPharmacist, done, ledger } = await world()
    await done(byDoctor, await prescribe({ ledger, device: doctor, seq: 1n }, 1))
    const wrong = await prescribe({ ledger, device: pharmacist, seq: 1n }, 1)
    expect(await put(byPharmacist, wrong)).toMatchObject({ status: 403, body: { code: 'ledger/role' } })
    const patient = await clinic.enrol('patient')
    const order = await prescribe({ ledger, device: doctor, seq: 2n }, 1)
    expect(await put(asking(clinic, patient), order)).toMatchObject({
      status: 403,
      body: { code: 'signature/not-allowed' },
    })
    const strange = await prescribe({ ledger, device: patient, seq: 1n }, 1)
    expect(await put(byDoctor, strange)).toMatchObject({ status: 403, body: { code: 'ledger/not-a-member' } })
    const elsewhere = await prescribe({ ledger: systemRandom.bytes(32), device: doctor, seq: 2n }, 1)
    expect(await put(byDoctor, elsewhere)).toMatchObject({
      status: 400,
      body: { code: 'ledger/other-ledger' },
    })
    const later = await prescribe({ ledger, device: doctor, seq: 1n }, 1)
    expect(await put(byDoctor, later)).toMatchObject({ status: 409, body: { code: 'ledger/seq' } })
  })

  it('says what to do of a change of the roster that comes while another one waits', async () => {
    const { clinic, byNobody, beat } = await world()
    const { node } = clinic.clinic.ledger
    const key = await readLogKey(dataPaths(clinic.folder).registrarKey)
    const roster = await node.roster()
    const { kid } = registrarIn(roster, node.tip.height + 1n, key)
    const first = await node.nextSeq(kid)
    const changeOf = (seq: bigint) =>
      signRoster(
        {
          ...{ kind: 'roster', ledger: node.id, signer: kid, seq, authoredOn: seq },
          roster: { ...roster, number: roster.number + 1n },
        },
        { genesis: node.genesis, roster },
        key,
      )
    const handIn = async ({ txid, bytes }: LedgerRecord) =>
      clinic.ask('PUT', `/v1/ledger/rosters/${encodeBase64Url(txid)}`, {
        headers: { 'content-type': 'application/octet-stream' },
        body: Uint8Array.from(bytes),
      })
    expect((await handIn(await changeOf(first))).status).toBe(200)
    const second = await handIn(await changeOf(first + 1n))
    expect([second.status, await problemCode(second)]).toEqual([409, 'ledger/second-roster'])
    await beat()
    expect(await byNobody('GET', '/v1/ledger')).toMatchObject({ body: { pending: 0 } })
  })

  it('says so where an anchor is too old for one proof', async () => {
    const { clinic, byNobody, ledger } = await world()
    const refusal = lightError('ledger/bundle-too-large', { most: 512, what: 'pieces of evidence' })
    vi.spyOn(clinic.clinic.ledger, 'proof').mockRejectedValue(refusal)
    const path = `/v1/ledger/records/${encodeBase64Url(ledger)}/proof?from=0`
    expect(await byNobody('GET', path)).toMatchObject({ status: 409, body: { code: refusal.code } })
  })

  it('has a refusal for whatever the rules refuse a record for', () => {
    const ofOthers = ['ledger/genesis', 'ledger/commitment']
    const codes = [...recordError.codes, ...ruleError.codes, 'ledger/signature', 'ledger/high-s']
    expect(codes.filter(code => !ofOthers.includes(code) && !(code in ledgerProblems))).toEqual([])
  })

  it('takes nothing more of a device that was ended, from the next roster on', async () => {
    const { clinic, doctor, byDoctor, byPharmacist, beat, done, ledger } = await world()
    await done(byDoctor, await prescribe({ ledger, device: doctor, seq: 1n }, 1))
    expect((await clinic.as(doctor, 'DELETE', `/v1/devices/${doctor.kid}`)).status).toBe(204)
    await beat()
    const { members } = await clinic.clinic.ledger.node.roster()
    expect(members.find(({ kid }) => encodeBase64Url(kid) === doctor.kid)?.until).not.toBeNull()
    const late = await prescribe({ ledger, device: doctor, seq: 2n }, 1)
    expect(await put(byPharmacist, late)).toMatchObject({ body: { code: 'ledger/not-a-member' } })
  })

  it('is read by everybody: genesis, headers, blocks by height and for ever by id', async () => {
    const { clinic, doctor, byDoctor, byNobody, done, ledger } = await world()
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 1)
    const { sealed } = await done(byDoctor, order)
    const about: { genesis?: unknown; tip?: unknown } = Object((await byNobody('GET', '/v1/ledger')).body)
    const genesis = decodeBase64Url(String(about.genesis))
    expect(ledgerIdOf(genesis)).toEqual(ledger)
    expect(decodeGenesis(genesis).seal.kind).toBe('tlog')
    const get = async (path: string): Promise<Response> => clinic.ask('GET', `/v1/ledger/${path}`)
    const bytesAt = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer())
    const headers = decodeHeaders(await bytesAt('headers?from=0'))
    expect(headers.length).toBeGreaterThan(sealed?.height ?? 0)
    const byHeight = await bytesAt(`blocks/${sealed?.height}`)
    const block = decodeBlock(byHeight)
    expect(block.records.map(({ txid }) => txid)).toContainEqual(order.txid)
    const byId = await get(`blocks/${encodeBase64Url(block.header.id)}`)
    expect(byId.headers.get('cache-control')).toContain('immutable')
    expect(new Uint8Array(await byId.arrayBuffer())).toEqual(byHeight)
    expect(decodeList(await bytesAt('pending'))).toEqual([])
    expect(Array.isArray(decodeList(await bytesAt('evidence')))).toBe(true)
    expect(await problemCode(await get('blocks/999999'))).toBe('ledger-node/missing')
    const unknown = `records/${encodeBase64Url(systemRandom.bytes(32))}`
    expect(await problemCode(await get(unknown))).toBe('ledger-node/missing')
  })

  it('proves to a light client that nothing was given out, and later what was', async () => {
    const { clinic, doctor, pharmacist, byDoctor, byPharmacist, byNobody, done, ledger } = await world()
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 2)
    const proofOf = async (query: string): Promise<Response> =>
      clinic.ask('GET', `${pathOf(order)}/proof${query}`)
    expect(await problemCode(await proofOf('?from=9'))).toBe('ledger-node/not-final')
    await done(byDoctor, order)
    const check = async (anchor: Anchor) => {
      const answer = await proofOf(`?from=${anchor.height}&signer=${pharmacist.kid}`)
      expect([answer.status, clinic.faults]).toEqual([200, []])
      const bundle = new Uint8Array(await answer.arrayBuffer())
      return checkBundle(anchor, bundle, { nowSeconds: BigInt(Math.floor(startMs / 1_000)) })
    }
    const before = await check(anchorOf(clinic.clinic.ledger.genesis))
    expect(before.prescription?.state).toMatchObject({ status: 'ready', dispensed: 0 })
    expect([before.finality.kind, before.signer?.nextSeq]).toEqual(['final', 1n])
    await done(
      byPharmacist,
      await dispense({ ledger, device: pharmacist, seq: 1n }, order.txid, order.txid, 1),
    )
    const after = await check(before.anchor)
    expect(after.prescription?.state).toMatchObject({ status: 'partly', dispensed: 1 })
    expect(after.signer?.nextSeq).toBe(2n)
    expect(await byNobody('GET', `/v1/ledger/signers/${pharmacist.kid}`)).toMatchObject({
      body: { next_seq: 2 },
    })
  })

  it('tells whoever listens that there is another tip', async () => {
    const { clinic, doctor, byDoctor, done, ledger } = await world()
    const told = vi.fn()
    clinic.clinic.events.listen(doctor.kid, doctor.mailbox, { tell: told, end: () => undefined })
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 1)
    await done(byDoctor, order)
    expect(told).toHaveBeenCalledWith(expect.objectContaining({ event: 'ledger' }))
  })

  it('goes on after it was closed and opened: nothing that was acknowledged is lost', async () => {
    const { clinic, doctor, byDoctor, ledger } = await world()
    const order = await prescribe({ ledger, device: doctor, seq: 1n }, 1)
    expect(await put(byDoctor, order)).toMatchObject({ status: 200, body: { state: 'pending' } })
    await clinic.clinic.close()
    const again = await testClinic({ folder: clinic.folder, ledgerTimer: true })
    const byNobody = asking(again, null)
    expect(await ledgerOf(byNobody)).toEqual(ledger)
    expect((await untilFinal(byNobody, order)).prescription).toMatchObject({ status: 'ready' })
  })
})
