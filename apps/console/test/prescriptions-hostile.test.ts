/** One record that fails, one time that no calendar has, one name with signs that nobody sees: the rest goes on. */
import { errandOf } from '@chartseal/clinic/prescriptions'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeCbor } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { attach, ed25519Signer, prepare, proveSlip, signWith } from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import { deskOf } from '../dist/ledger/desk.js'
import { txidIn } from '../dist/ledger/issued.js'
import { createIssuedOne } from '../dist/state/ledger/issued.js'
import { createPrescribing } from '../dist/state/ledger/prescribing.js'
import { memoryRows } from '../dist/store/rows.js'
import { sealedRows } from '../dist/store/sealed-rows.js'
import { sessionOf } from './people.js'
import { fill, prescribed, rxStage, slipsOf } from './prescription-stage.js'
import { carried } from './records-stage.js'
import { ServedLedger } from './served-ledger.js'

describe('prescriptions', () => {
  it('reach their patient though the clinic gives no proof of another one', async () => {
    const stage = await rxStage()
    const { doctor, clinic, ledger } = stage
    ledger.seals = false
    const first = await prescribed(stage)
    clinic.between = request =>
      request.url.includes(`/records/${first}/proof`)
        ? Response.json({ code: 'request/invalid', title: 't', next: 'n' }, { status: 400 })
        : ledger.answer(request)
    ledger.seals = true
    const second = await prescribed(stage)
    await createIssuedOne(sessionOf(doctor), second).look()
    await carried(stage)
    const refs = (await slipsOf(stage)).slips.value?.map(({ ref }) => ref.split('.').at(-1))
    expect(refs).toEqual([second])
  })

  it('are not here under an address that was cut short', async () => {
    const { doctor } = await rxStage()
    for (const id of ['AA', 'xx', 'x', '%']) {
      const one = createIssuedOne(sessionOf(doctor), id)
      await one.load()
      expect([one.isRead.value, one.view.value, one.task.error.value], id).toEqual([true, null, null])
    }
  })

  it('are looked up though a pharmacy signed a time that no calendar has', async () => {
    const pharmacy = ed25519Signer(new SigningKey(new Uint8Array(32).fill(7)))
    const stage = await rxStage()
    const { publicKey } = sessionOf(stage.doctor).signer
    const ledger = new ServedLedger([
      { publicKey, role: 'prescriber' },
      { publicKey: pharmacy.publicKey, role: 'dispenser' },
    ])
    stage.clinic.between = ledger.answer
    const id = await prescribed({ ...stage, ledger })
    await createIssuedOne(sessionOf(stage.doctor), id).look()
    const { content } = errandOf((await deskOf(sessionOf(stage.doctor))).shelf.book(), txidIn(id))
    const change = {
      ...{ ledger: ledger.id, signer: pharmacy.kid, seq: 1n, quantity: 1, authoredOn: 2n ** 64n - 1n },
      ...{ prescription: txidIn(id), previous: txidIn(id), salt: new Uint8Array(16) },
    }
    const proof = proveSlip(content?.rs ?? new Uint8Array(32), change)
    const claims = { ...change, kind: 'dispense', proof } as const
    const prepared = prepare(claims, { ledgerName: 'Valley' })
    const { bytes } = attach(prepared, [await signWith(prepared, pharmacy)])
    const url = 'http://localhost:8471/v1/ledger/records/x'
    await ledger.answer(new Request(url, { method: 'PUT', body: Uint8Array.from(bytes) }))
    await carried(stage)
    const [slip] = (await slipsOf(stage)).slips.value ?? []
    expect(slip?.seen).toMatchObject({ kind: 'partly', changes: [{ atMs: Number.MAX_SAFE_INTEGER }] })
  })

  it('are signed for whoever has joiners in their name, which then is not part of what is signed', async () => {
    const stage = await rxStage()
    const session = sessionOf(stage.doctor)
    const [pair] = session.pairs.value
    if (pair === undefined) throw new Error('nobody is paired')
    const screen = createPrescribing(session, { ...pair, peerName: 'میر\u200cحسین' })
    await fill(screen)
    await screen.goOn()
    expect(screen.signing.task.error.value).toBeNull()
    const id = (await screen.sign()) ?? ''
    const { content } = errandOf((await deskOf(session)).shelf.book(), txidIn(id))
    expect(new TextDecoder().decode(content?.body)).not.toContain('\u200c')
  })

  it.each(['slip/', 'slip-seen/', 'rx-draft/'])(
    'of a newer page are not read by this one: %s',
    async prefix => {
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
        'encrypt',
        'decrypt',
      ])
      const rows = sealedRows(memoryRows(), key, systemRandom)
      await rows.write([[`${prefix}x`, encodeCbor({ v: 2, more: 1 })]])
      await expect(rows.range(prefix)).rejects.toMatchObject({ code: 'console/newer-page' })
    },
  )
})
