/** Step: everybody gets keys. */
import { decodePem } from '@chartseal/core/der'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { DoctorKey, hashKey } from '@chartseal/emr-ledger/v1'
import { generateRsaKeyPair, type RsaKeyPairPem } from '@chartseal/ipfs-envelope/v1'
import { formatEpoch } from '@chartseal/kdf-keyring'
import type { Stage } from '../story.js'
import { openTrail, type Trail } from '../trail.js'
import { short } from '../words.js'
import type { World } from '../world.js'
import { attackPairing, type Pair, pairUp } from './pairing.js'

export interface People {
  readonly doctorName: string
  readonly doctorKey: DoctorKey
  readonly pharmacistName: string
  readonly patient: { readonly id: string; readonly name: string }
  /** Stands for the patient on the ledger. */
  readonly patientHash: Uint8Array
  /** What the keys of the messages come from. */
  readonly pair: Pair
  /** For packages of version 1. */
  readonly rsa: Readonly<Record<'doctor' | 'patient' | 'pharmacist' | 'stranger', RsaKeyPairPem>>
  readonly trail: Trail
}

const rsaBits = 2048

export async function makeKeys(stage: Stage, world: World): Promise<People> {
  const { random } = world.io
  const rsa = await makeRsaKeys()
  const doctorName = 'Dr. Ada Okafor'
  const { patient } = world.input.bundle
  const doctorKey = DoctorKey.generate(random)
  const patientHash = hashKey(decodePem(rsa.patient.publicKeyPem).der)
  stage.note(`${doctorName} signs with a secp256k1 key: doctor hash ${short(doctorKey.doctorHash)}`)
  stage.note(`The patient, ${patient.name}, is on the ledger as patient hash ${short(patientHash)}`)
  stage.note(
    `Doctor, patient and pharmacist each have an RSA key of ${rsaBits} bits, for the ledger and for version 1`,
  )
  const pair = pairUp(stage, world, doctorName, patient.name)
  const month = formatEpoch(pair.doctorRing.epoch)
  stage.note(`Each has a ring from it: keys for every direction and month, the first one ${month}`)
  const pharmacistName = 'Ines Lindqvist, pharmacist'
  const trail = await openTrail(world)
  const clinic = { doctorName, doctorKey, pharmacistName, patient, patientHash, pair, rsa, trail }
  await trail.record(doctorName, 'keys made', patient.id)
  await attackPairing(stage, world, pair)
  await attackDoctorKey(stage, doctorKey)
  return clinic
}

async function makeRsaKeys(): Promise<People['rsa']> {
  const pair = (): Promise<RsaKeyPairPem> => generateRsaKeyPair({ bits: rsaBits })
  const [doctor, patient, pharmacist, stranger] = await Promise.all([pair(), pair(), pair(), pair()])
  return { doctor, patient, pharmacist, stranger }
}

async function attackDoctorKey(stage: Stage, doctorKey: DoctorKey): Promise<void> {
  const copy = DoctorKey.parse(doctorKey.toPem())
  copy.wipe()
  await stage.attack('a signature with a key that was wiped', 'key/wiped', () =>
    copy.signDigest(encodeUtf8('any')),
  )
}
