/** Resumption tickets: sealed for this core alone, single use. */
import { open, seal } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { FieldReader, u32, u64 } from '../conference/byte-fields.js'

const nonceBytes = 12
const patientIdBytes = 16
const pskBytes = 32
const domain = encodeUtf8('chartseal/ticket/v2')

export interface Ticket {
  /** In hexadecimal. */
  readonly patient: string
  /** 32 bytes; whoever opens the ticket wipes them. */
  readonly psk: Uint8Array
  readonly id: bigint
  readonly issuedMs: number
  readonly membership: number
  readonly incarnation: number
}

export class TicketSealer {
  readonly #key: AeadKey
  readonly #aad: Uint8Array
  readonly #random: Random

  /** Copies the key. */
  constructor(key: Uint8Array, conferenceId: Uint8Array, random: Random) {
    this.#key = new AeadKey(key)
    this.#aad = concat(domain, conferenceId)
    this.#random = random
  }

  seal(ticket: Omit<Ticket, 'psk' | 'patient'>, patient: Uint8Array, psk: SecretBytes): Uint8Array {
    const { id, issuedMs, membership, incarnation } = ticket
    const plaintext = concat(patient, psk.reveal(), u64(id), u64(issuedMs), u32(membership), u32(incarnation))
    const { nonce, ciphertext } = seal(this.#key, plaintext, this.#aad, this.#random)
    plaintext.fill(0)
    return concat(nonce, ciphertext)
  }

  /** `null` for what this core did not seal. */
  open(ticket: Uint8Array): Ticket | null {
    const plaintext = this.#opened(ticket)
    if (plaintext === null) return null
    const reader = new FieldReader(plaintext)
    const patient = encodeHex(reader.bytes(patientIdBytes))
    const psk = reader.bytes(pskBytes).slice()
    const [id, issuedMs] = [reader.u64(), Number(reader.u64())]
    const [membership, incarnation] = [reader.u32(), reader.u32()]
    plaintext.fill(0)
    return { patient, psk, id, issuedMs, membership, incarnation }
  }

  #opened(ticket: Uint8Array): Uint8Array | null {
    const sealed = { nonce: ticket.subarray(0, nonceBytes), ciphertext: ticket.subarray(nonceBytes) }
    try {
      return open(this.#key, sealed, this.#aad)
    } catch (error) {
      if (error instanceof ChartsealError) return null
      throw error
    }
  }

  wipe(): void {
    this.#key.wipe()
  }
}
