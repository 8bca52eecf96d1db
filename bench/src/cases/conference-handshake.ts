/** What the doctor's side of a handshake costs: the core does one for each patient who comes. */
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import { createHandshake, type Handshake, StaticKey, type Suite } from '@chartseal/elgamal-session/noise'
import { type Case, type Contender, inProcess } from '../measure.js'
import { handshakePool } from './handshake-pool.js'

export const handshakeName = 'chartseal'
export const fullHandshakeId = 'handshake-25519'

/** As many as there are, so that no public key is met twice in a row. */
const helloCount = 64
const payload = new Uint8Array(48)
const prologue = new Uint8Array(55)

interface Sides {
  readonly patient: () => Handshake
  readonly doctor: () => Handshake
}

export async function handshakes(): Promise<readonly Case[]> {
  return [
    task(fullHandshakeId, 'Full handshakes, the doctor’s side, X25519', fullSides('25519')),
    task('handshake-ffdhe3072', 'Full handshakes, the doctor’s side, ffdhe3072', fullSides('ffdhe3072')),
    task('resume-25519', 'Resumed handshakes, the doctor’s side, X25519', resumedSides('25519')),
    handshakePool(),
  ]
}

function fullSides(suite: Suite): Sides {
  const doctorKey = StaticKey.generate(suite, random)
  const psk = new SecretBytes(random.bytes(32))
  const common = { pattern: 'IKpsk2', suite, prologue, random } as const
  const theirStatic = doctorKey.publicKey
  return {
    patient() {
      const staticKey = StaticKey.generate(suite, random)
      return createHandshake({ ...common, role: 'initiator', staticKey, theirStatic, psk })
    },
    doctor: () => createHandshake({ ...common, role: 'responder', staticKey: doctorKey, pskOf: () => psk }),
  }
}

function resumedSides(suite: Suite): Sides {
  const common = {
    pattern: 'NNpsk0',
    suite,
    prologue,
    random,
    psk: new SecretBytes(random.bytes(32)),
  } as const
  return {
    patient: () => createHandshake({ ...common, role: 'initiator' }),
    doctor: () => createHandshake({ ...common, role: 'responder' }),
  }
}

function task(id: string, title: string, sides: Sides): Case {
  return {
    id,
    title,
    unit: 'handshakes/s',
    perUnit: 1,
    contenders: [ours(sides)],
    warmUpMs: 2_000,
    sampleMs: 300,
  }
}

function ours(sides: Sides): Contender {
  let hellos: readonly Uint8Array[] = []
  return inProcess(
    handshakeName,
    () => Uint8Array.of(Number(bothAgree(sides))),
    amount => {
      if (hellos.length === 0)
        hellos = Array.from({ length: helloCount }, () => sides.patient().write(payload))
      for (let i = 0; i < amount; i++) answer(sides.doctor(), hellos[i % helloCount] ?? payload)
    },
  )
}

function answer(doctor: Handshake, hello: Uint8Array): void {
  doctor.read(hello)
  doctor.write(payload)
  doctor.split()
}

/** @throws Error when a handshake does not leave both sides with the same */
function bothAgree({ patient, doctor }: Sides): boolean {
  const [left, right] = [patient(), doctor()]
  right.read(left.write(payload))
  left.read(right.write(payload))
  const [ofLeft, ofRight] = [left.split(), right.split()]
  if (ofLeft.send.reveal().join() !== ofRight.receive.reveal().join()) throw new Error('the keys differ')
  return true
}
