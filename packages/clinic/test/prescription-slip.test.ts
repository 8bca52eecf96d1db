import {
  bodyOf,
  checkSlip,
  duplicatesAmong,
  encodeBase45,
  fitsOneCode,
  makeSlip,
  medicineIn,
  missingIn,
  readBody,
  readSlip,
  requireTerms,
} from '@chartseal/clinic/prescriptions'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeUtf8, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import {
  attach,
  commit,
  ed25519Signer,
  encodeClaims,
  type MemberRole,
  memberOf,
  type PrescribeClaims,
  prepare,
  type Roster,
  recordOf,
  signWith,
} from '@chartseal/emr-ledger'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const signer = ed25519Signer(new SigningKey(new Uint8Array(32).fill(1)))
const rs = new Uint8Array(32).fill(7)
const patientId = 'p-1'
const amoxicillin = bodyOf({
  content: { medicine: 'Amoxicillin 500 mg', dosage: 'One capsule every 8 hours' },
  patientId,
  quantity: 2,
  validUntil: 2_000n,
})

function rosterWith(...roles: readonly MemberRole[]): Roster {
  const { algorithm, publicKey } = signer
  return { number: 1n, members: [memberOf({ algorithm, publicKey, roles, name: 'Dr. Vega' })], quorum: 1 }
}

function claimsOf(body: Uint8Array): PrescribeClaims {
  return {
    ledger: new Uint8Array(32).fill(3),
    kind: 'prescribe',
    signer: signer.kid,
    seq: 1n,
    authoredOn: 1_000n,
    subject: commit({ rs, kind: 'subject', bytes: encodeUtf8(patientId) }),
    body: commit({ rs, kind: 'body', bytes: body }),
    reference: '',
    validUntil: 2_000n,
    quantity: 2,
  }
}

async function recordFor(body: Uint8Array): Promise<Uint8Array> {
  const prepared = prepare(claimsOf(body), { ledgerName: 'Test' })
  return attach(prepared, [await signWith(prepared, signer)]).bytes
}

const slipFor = async (body: Uint8Array): Promise<string> =>
  makeSlip(await recordFor(body), { rs, body, patientId })

/** As long as the longest MedicationRequest that was measured, and like it: much of it is names of FHIR. */
function requestOf(sizeBytes: number): Uint8Array {
  const request = (note: string): Uint8Array =>
    encodeUtf8(
      JSON.stringify({
        resourceType: 'MedicationRequest',
        id: '1b0c3a5e-62de-4be9-a7ee-3bd0ea2fdd11',
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: {
          coding: [
            {
              system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
              code: '308182',
              display: 'Amoxicillin 250 MG Oral Capsule',
            },
          ],
        },
        subject: { reference: 'urn:uuid:5cbc121b-cd71-4428-b8b7-31e53eba8184' },
        dosageInstruction: [{ text: note }],
      }),
    )
  const seed = 'abcdefghijklmnopqrstuvwxyz 0123456789'
  const filler = Array.from({ length: sizeBytes }, (_, i) => seed[(i * i * 7 + i) % seed.length]).join('')
  return request(filler.slice(0, sizeBytes - request('').length))
}

describe('the slip of a prescription', () => {
  it('gives back record, content and patient, and names who signed it', async () => {
    const slip = await readSlip(await slipFor(amoxicillin))
    const { prescriber } = checkSlip(slip, rosterWith('prescriber'))
    expect([prescriber?.name, slip.patientId, slip.claims.quantity]).toEqual(['Dr. Vega', 'p-1', 2])
    expect(slip.body).toEqual(amoxicillin)
    expect(medicineIn(slip.body)).toMatchObject({
      medicine: 'Amoxicillin 500 mg',
      dosage: 'One capsule every 8 hours',
    })
  })

  it.each([730, 1_239])('fits one QR code with a body of %i bytes', async sizeBytes => {
    const body = requestOf(sizeBytes)
    expect(body).toHaveLength(sizeBytes)
    const text = await slipFor(body)
    expect(fitsOneCode(text)).toBe(true)
    expect(text).toMatch(/^CHARTSEAL-RX:[0-9A-Z $%*+\-./:]+$/)
  })

  it('gives back any body, however it packs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async body => {
        expect((await readSlip(await slipFor(body))).body).toEqual(body)
      }),
      propertyRuns(50, 10),
    )
  })

  it('does not name a prescriber whom the roster does not have', async () => {
    const slip = await readSlip(await slipFor(amoxicillin))
    expect(checkSlip(slip, { number: 1n, members: [], quorum: 1 }).prescriber).toBeNull()
  })

  it('is refused when its content is not what was signed', async () => {
    const record = await recordFor(amoxicillin)
    for (const changed of [
      { rs, body: amoxicillin, patientId: 'p-2' },
      { rs, body: requestOf(400), patientId },
      { rs: new Uint8Array(32), body: amoxicillin, patientId },
    ])
      expect(await codeOf(() => makeSlip(record, changed))).toBe('slip/other-content')
  })

  it('is refused when somebody else signed it, or no prescriber', async () => {
    const claims = encodeClaims(claimsOf(amoxicillin))
    const forged = recordOf(claims, [{ kid: signer.kid, signature: new Uint8Array(64).fill(1) }])
    const slip = await readSlip(await makeSlip(forged.bytes, { rs, body: amoxicillin, patientId }))
    expect(await codeOf(() => checkSlip(slip, rosterWith('prescriber')))).toBe('slip/signature')
    const honest = await readSlip(await slipFor(amoxicillin))
    expect(await codeOf(() => checkSlip(honest, rosterWith('dispenser')))).toBe('slip/signature')
  })

  it('is refused with any character changed, or says the very same', async () => {
    const text = await slipFor(amoxicillin)
    const record = await recordFor(amoxicillin)
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(alphabet.length - 1), async (at, pick) => {
        const changed = text.slice(0, at) + alphabet[pick] + text.slice(at + 1)
        if (changed === text) return
        const read = await readSlip(changed).catch(() => null)
        if (read === null || (await codeOf(() => checkSlip(read, rosterWith('prescriber')))) !== 'accepted')
          return
        // The last bits of a DEFLATE stream mean nothing.
        expect([read.body, read.patientId, read.record.bytes]).toEqual([amoxicillin, patientId, record])
      }),
      propertyRuns(400, 60),
    )
  })

  it('is no slip where one of its parts is damaged', async () => {
    const whole = { v: 2, record: await recordFor(amoxicillin), rs, patient: patientId, body: amoxicillin }
    const { v, record, patient } = whole
    const empty = { v, record, rs, patient, packed: new Uint8Array() }
    for (const parts of [{ ...whole, record: Uint8Array.of(1) }, { ...whole, record: whole.body }, empty])
      expect(await codeOf(() => readSlip(`CHARTSEAL-RX:${encodeBase45(encodeCbor(parts))}`))).toBe(
        'slip/not-a-slip',
      )
  })

  it('is refused when it is too large, or no slip at all', async () => {
    const body = new Uint8Array(32 * 1_024 + 1)
    expect(await codeOf(async () => makeSlip(await recordFor(body), { rs, body, patientId }))).toBe(
      'slip/too-large',
    )
    for (const text of [
      '',
      'chartseal-rx:0',
      'CHARTSEAL-RX:',
      'CHARTSEAL-RX:A',
      'CHARTSEAL-RX:::::',
      `CHARTSEAL-RX:${'0'.repeat(100_000)}`,
    ])
      expect(await codeOf(() => readSlip(text))).toBe('slip/not-a-slip')
  })
})

describe('the form of a prescription', () => {
  const order = { content: { medicine: ' ', dosage: '' }, patientId: '', quantity: 0, validUntil: 1n }

  it('lists what is missing in the order of the form', () => {
    expect(missingIn(order, 1n)).toEqual(['patient', 'medicine', 'dosage', 'quantity', 'validity'])
  })

  it('is read before it is signed in the language of whoever signs', () => {
    for (const [language, words] of [
      ['en', 'Medicine'],
      ['es', 'Medicamento'],
    ] as const)
      expect(readBody(amoxicillin, language)).toContain(`${words}: Amoxicillin 500 mg`)
    expect(readBody(encodeUtf8('Aspirin, one a day'), 'en')).toBe('Aspirin, one a day')
  })

  it('must count the units that the ledger counts', async () => {
    expect(await codeOf(() => requireTerms(amoxicillin, { quantity: 2, validUntil: 2_000n }))).toBe(
      'accepted',
    )
    expect(await codeOf(() => requireTerms(amoxicillin, { quantity: 3, validUntil: 2_000n }))).toBe(
      'prescription/other-terms',
    )
  })

  it('is neither signed nor given out where its request says what nobody would be shown', async () => {
    const request = JSON.parse(decodeUtf8(amoxicillin))
    for (const [more, code] of [
      [{ doNotPerform: true }, 'medication/modifier'],
      [{ modifierExtension: [{}] }, 'medication/modifier'],
      [{ status: 'cancelled' }, 'medication/invalid'],
      [{ dosageInstruction: [{ maxDosePerPeriod: {} }] }, 'medication/not-told'],
    ] as const) {
      const body = encodeUtf8(JSON.stringify({ ...request, ...more }))
      expect(await codeOf(() => readBody(body, 'en'))).toBe(code)
      expect(await codeOf(() => requireTerms(body, { quantity: 2, validUntil: 2_000n }))).toBe(code)
    }
  })

  it('becomes a MedicationRequest', () => {
    expect(JSON.parse(decodeUtf8(amoxicillin))).toMatchObject({
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
    })
  })
})

describe('two prescriptions of one medicine', () => {
  const rxnorm = { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '308182' }
  const slip = (medicine: string, patient = patientId, code?: typeof rxnorm) => {
    const form = { medicine, dosage: 'Daily' }
    const content = code === undefined ? form : { ...form, code }
    return { body: bodyOf({ content, patientId: patient, quantity: 1, validUntil: 2n }), patientId: patient }
  }

  it('are found by their name however it is spaced, and by their code', () => {
    const one = slip('Amoxicillin  500 mg')
    const other = slip('amoxicillin 500 MG')
    const coded = slip('Amoxil', patientId, rxnorm)
    const alike = slip('Amoxicillin capsule', patientId, rxnorm)
    expect(duplicatesAmong([one, other, coded, alike])).toEqual([
      [one, other],
      [coded, alike],
    ])
  })

  it('are no duplicates of another patient or medicine', () => {
    expect(duplicatesAmong([slip('Amoxicillin'), slip('Amoxicillin', 'p-2'), slip('Ibuprofen')])).toEqual([])
  })
})
