/** Someone on the way between a patient and the doctor, who records everything and can change it. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { concat } from '@chartseal/core/bytes'
import {
  decodeDoctorFrame,
  FrameReader,
  frameOf,
  maxDoctorFrameBytes,
} from '@chartseal/elgamal-session/interim'

export type Mischief = 'none' | 'flip' | 'repeat'

export class Relay {
  /** What is done to the next broadcast. */
  mischief: Mischief = 'none'
  readonly #fromPatient: Uint8Array[] = []
  readonly #fromDoctor: Uint8Array[] = []
  readonly #server: Server
  readonly #sockets: Socket[] = []

  private constructor(doctorPort: number) {
    this.#server = createServer(patient => this.#join(patient, connect(doctorPort, '127.0.0.1')))
  }

  static async open(doctorPort: number): Promise<Relay> {
    const relay = new Relay(doctorPort)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Every byte that the patient sent. */
  get fromPatient(): Uint8Array {
    return concat(...this.#fromPatient)
  }

  /** Every byte that the doctor sent. */
  get fromDoctor(): Uint8Array {
    return concat(...this.#fromDoctor)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(patient: Socket, doctor: Socket): void {
    this.#sockets.push(patient, doctor)
    const reader = new FrameReader(maxDoctorFrameBytes)
    patient.on('data', chunk => {
      this.#fromPatient.push(Buffer.from(chunk))
      doctor.write(chunk)
    })
    doctor.on('data', chunk => {
      this.#fromDoctor.push(Buffer.from(chunk))
      for (const body of reader.push(Buffer.from(chunk))) {
        for (const changed of this.#change(body)) patient.write(frameOf(changed))
      }
    })
    for (const [one, other] of [
      [patient, doctor],
      [doctor, patient],
    ] as const) {
      one.on('error', () => one.destroy())
      one.on('close', () => other.destroySoon())
    }
  }

  #change(body: Uint8Array): readonly Uint8Array[] {
    if (this.mischief === 'none' || decodeDoctorFrame(body).kind !== 'broadcast') return [body]
    const { mischief } = this
    this.mischief = 'none'
    return mischief === 'repeat' ? [body, body] : [withFlippedTag(body)]
  }
}

// The map ends with "ep" and "op": 12 bytes before the end stands the tag of the ciphertext.
function withFlippedTag(body: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(body)
  const at = copy.length - 12
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
