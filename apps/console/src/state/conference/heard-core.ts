/** A core whose words are noted as they come: they are on disk in one write with the record that says so. */
import type { HostMachine } from '@chartseal/clinic/conference'
import type { CoreEvent, CoreInput, CoreOutput, MemberRow } from '@chartseal/elgamal-session'
import type { Word } from '../../conference/word-row.js'
import { wordIdOf } from './seat-tag.js'
import type { Words } from './words.js'

type Said = Extract<CoreInput, { readonly kind: 'say' }>

/** What is used of a `ConferenceCore`. */
export interface HeardMachine extends HostMachine {
  readonly sequence: bigint
  members(): readonly MemberRow[]
}

/** Who is meant by a name at this moment. */
export interface HeardGuest {
  readonly pairId: string
  readonly name: string
  /** Tells this seat of theirs from one before it. */
  readonly seat: string
}

export class HeardCore implements HostMachine {
  readonly #core: HeardMachine
  readonly #words: Words
  readonly #guestOf: (name: string) => HeardGuest
  readonly #changed: () => void
  /** What waits until the relay has been there once. */
  readonly #unsaid: Said[] = []

  constructor(core: HeardMachine, words: Words, guestOf: (name: string) => HeardGuest, changed: () => void) {
    this.#core = core
    this.#words = words
    this.#guestOf = guestOf
    this.#changed = changed
  }

  get isOver(): boolean {
    return this.#core.isOver
  }

  get sequence(): bigint {
    return this.#core.sequence
  }

  rows(): readonly MemberRow[] {
    return this.#core.members()
  }

  handle(input: CoreInput): readonly CoreOutput[] {
    const outputs = this.#core.handle(input)
    this.note(outputs, input)
    if (input.kind !== 'tick' || outputs.length > 0) this.#changed()
    return outputs
  }

  note(outputs: readonly CoreOutput[], input: CoreInput | null): void {
    for (const output of outputs) if (output.kind === 'event') this.#noteOne(output.event, input)
  }

  #noteOne(event: CoreEvent, input: CoreInput | null): void {
    if (event.kind === 'waiting' && input?.kind === 'say') this.#unsaid.push(input)
    if (event.kind === 'said') this.#said(Number(event.sequence), event.emergency, input)
    if (event.kind === 'logged') {
      const logged = Number(event.sequence)
      const isOut = ({ sequence, state }: Word): boolean =>
        state === 'waiting' && sequence > 0 && sequence <= logged
      this.#words.change(isOut, { state: 'sent' })
    }
    if (event.kind === 'direct') {
      const { pairId, name, seat } = this.#guestOf(event.patient)
      const id = wordIdOf(seat, event.id)
      this.#between({ kind: 'from', pairId, name, text: event.text, id, state: 'there' })
    }
    if (event.kind === 'direct-sent' && input?.kind === 'direct') {
      const { pairId, name, seat } = this.#guestOf(event.patient)
      const id = wordIdOf(seat, event.id)
      this.#between({ kind: 'to', pairId, name, text: input.text, id, state: 'waiting' })
    }
    if (event.kind === 'direct-received') this.#arrived(event.patient, [event.id], 'received')
    if (event.kind === 'direct-lost') this.#arrived(event.patient, event.ids, 'lost')
  }

  #said(sequence: number, isEmergency: boolean, input: CoreInput | null): void {
    const said = input?.kind === 'say' ? input : this.#unsaid.shift()
    const kind = isEmergency ? 'emergency' : 'said'
    const text = said?.text ?? ''
    this.#words.add({ kind, pairId: '', name: '', text, sequence, state: 'waiting', id: '' })
  }

  #between(word: Pick<Word, 'kind' | 'pairId' | 'name' | 'text' | 'id' | 'state'>): void {
    const isSame = (known: Word): boolean =>
      known.kind === word.kind && known.pairId === word.pairId && known.id === word.id
    this.#words.add({ ...word, sequence: 0 }, isSame)
  }

  #arrived(patient: string, ids: readonly bigint[], state: 'received' | 'lost'): void {
    const { pairId, seat } = this.#guestOf(patient)
    const names = ids.map(id => wordIdOf(seat, id))
    this.#words.change(word => word.kind === 'to' && word.pairId === pairId && names.includes(word.id), {
      state,
    })
  }
}
