/** Step: everybody gets keys. */
import { equal } from '@chartseal/core/bytes'
import { decodePem } from '@chartseal/core/der'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import type { Clock } from '@chartseal/core/ports'
import { DoctorKey, hashKey } from '@chartseal/emr-ledger/v1'
import { generateRsaKeyPair, type RsaKeyPairPem } from '@chartseal/ipfs-envelope/v1'
import { derive, KeyRing } from '@chartseal/kdf-keyring/v1'
import type { Stage } from '../story.js'
import { openTrail, type Trail } from '../trail.js'
import { short } from '../words.js'
import type { World } from '../world.js'

export interface Clinic {
  readonly doctorName: string
  readonly doctorKey: DoctorKey
  readonly pharmacistName: string
  readonly patient: { readonly id: string; readonly name: string }
  /** Stands for the patient on the ledger. */
  readonly patientHash: Uint8Array
  /** From which the month keys of the messages are derived. */
  readonly masterSecret: SecretBytes
  readonly doctorRing: KeyRing
  readonly patientRing: KeyRing
  /** For the envelopes. */
  readonly rsa: Readonly<Record<'doctor' | 'patient' | 'pharmacist' | 'stranger', RsaKeyPairPem>>
  readonly trail: Trail
}

const rsaBits = 2048

export async function makeKeys(stage: Stage, world: World): Promise<Clinic> {
  const { clock, random } = world.io
  const masterSecret = new SecretBytes(random.bytes(32))
  const rsa = await makeRsaKeys()
  const clinic: Clinic = {
    doctorName: 'Dr. Ada Okafor',
    doctorKey: DoctorKey.generate(random),
    pharmacistName: 'Ines Lindqvist, pharmacist',
    patient: world.input.bundle.patient,
    patientHash: hashKey(decodePem(rsa.patient.publicKeyPem).der),
    masterSecret,
    doctorRing: ringOf(masterSecret, clock),
    patientRing: ringOf(masterSecret, clock),
    rsa,
    trail: await openTrail(world),
  }
  await checkKeys(stage, clinic)
  await attackKeys(stage, clinic)
  return clinic
}

export function ringOf(secret: SecretBytes, clock: Clock): KeyRing {
  return new KeyRing(secret, { clock })
}

async function makeRsaKeys(): Promise<Clinic['rsa']> {
  const pair = (): Promise<RsaKeyPairPem> => generateRsaKeyPair({ bits: rsaBits })
  const [doctor, patient, pharmacist, stranger] = await Promise.all([pair(), pair(), pair(), pair()])
  return { doctor, patient, pharmacist, stranger }
}

async function checkKeys(stage: Stage, clinic: Clinic): Promise<void> {
  const { doctorRing, patientRing, doctorKey } = clinic
  stage.note(`${clinic.doctorName} signs with a secp256k1 key: doctor hash ${short(doctorKey.doctorHash)}`)
  stage.note(
    `The patient, ${clinic.patient.name}, is on the ledger as patient hash ${short(clinic.patientHash)}`,
  )
  stage.note(`Doctor, patient and pharmacist each have an RSA key of ${rsaBits} bits for shared records`)
  const month = doctorRing.currentMonth
  const [atDoctor, atPatient] = [await doctorRing.key(month), await patientRing.key(month)]
  const same = equal(atDoctor.reveal(), atPatient.reveal())
  stage.check(`doctor and patient derive one key for ${month} from their secret, with 600,000 rounds`, same)
  await clinic.trail.record(clinic.doctorName, 'keys made', clinic.patient.id)
}

async function attackKeys(stage: Stage, { masterSecret, doctorKey }: Clinic): Promise<void> {
  const salt = encodeUtf8('any salt')
  await stage.attack('a key from 99,999 rounds only', 'keyring/weak-parameters', () =>
    derive(masterSecret, salt, { iterations: 99_999 }),
  )
  const copy = DoctorKey.parse(doctorKey.toPem())
  copy.wipe()
  await stage.attack('a signature with a key that was wiped', 'key/wiped', () => copy.signDigest(salt))
}
