/** Someone on the way between a patient and the server, who records every frame and can change it. */
import type { Link, LinkReceiver, Transport } from '@chartseal/clinic/conference'
import { concat } from '@chartseal/core/bytes'
import { decodeHeader, frameKindOf, opcodes } from '@chartseal/elgamal-session/frames'
import { present } from '../present.js'

export type Mischief = 'none' | 'flip' | 'repeat'

export class Eavesdropper {
  /** What is done to the next broadcast. */
  mischief: Mischief = 'none'
  readonly #fromPatient: Uint8Array[] = []
  readonly #fromServer: Uint8Array[] = []

  /** The first frame that the patient sent. */
  get hello(): Uint8Array {
    return present(this.#fromPatient[0])
  }

  /** Every byte that went by. */
  get recorded(): Uint8Array {
    return concat(...this.#fromPatient, ...this.#fromServer)
  }

  /** The same way, with somebody on it. */
  on(way: Transport): Transport {
    return { connect: async receiver => this.#between(await way.connect(this.#hearing(receiver))) }
  }

  #between(link: Link): Link {
    return {
      send: bytes => {
        this.#fromPatient.push(bytes)
        link.send(bytes)
      },
      close: () => link.close(),
    }
  }

  #hearing(receiver: LinkReceiver): LinkReceiver {
    return {
      received: bytes => {
        this.#fromServer.push(bytes)
        for (const changed of this.#change(bytes)) receiver.received(changed)
      },
      ended: end => receiver.ended(end),
    }
  }

  #change(frame: Uint8Array): readonly Uint8Array[] {
    const { mischief } = this
    if (mischief === 'none' || !isBroadcast(frame)) return [frame]
    this.mischief = 'none'
    return mischief === 'repeat' ? [frame, frame] : [withFlippedBit(frame)]
  }
}

function isBroadcast(frame: Uint8Array): boolean {
  const header = decodeHeader(frame)
  return header.opcode === opcodes.message && frameKindOf(header) === 'signed'
}

const signatureBytes = 64

/** In the last byte of what is encrypted. */
function withFlippedBit(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame)
  const at = copy.length - signatureBytes - 1
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
