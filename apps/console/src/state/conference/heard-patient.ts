/** What a patient's machine says, as words of the screen and of the disk. */
import type { SeatMachine } from '@chartseal/clinic/conference'
import type { PatientEvent, PatientInput, PatientOutput, PatientStatus } from '@chartseal/elgamal-session'
import type { Word } from '../../conference/word-row.js'
import { wordIdOf } from './seat-tag.js'
import type { Words } from './words.js'

/** A patient whose words are noted as they come: they are on disk in one write with the record that says so. */
export class HeardPatient implements SeatMachine {
  readonly #patient: SeatMachine
  readonly #words: Words
  readonly #seat: string

  /** @param seat tells this seat from one before it */
  constructor(patient: SeatMachine, words: Words, seat: string) {
    this.#patient = patient
    this.#words = words
    this.#seat = seat
  }

  get status(): PatientStatus {
    return this.#patient.status
  }

  handle(input: PatientInput): readonly PatientOutput[] {
    const outputs = this.#patient.handle(input)
    for (const output of outputs) if (output.kind === 'event') this.#note(output.event, input)
    return outputs
  }

  #note(event: PatientEvent, input: PatientInput): void {
    if (event.kind === 'message') {
      const { text, emergency, atMs } = event
      const sequence = Number(event.sequence)
      // After a restored backup of the doctor's a number may come a second time, for another message.
      const isSame = (word: Word): boolean =>
        toAll.includes(word.kind) && word.sequence === sequence && word.text === text && word.atMs === atMs
      const kind = emergency ? 'emergency' : 'said'
      this.#add({ kind, text, atMs, sequence, state: emergency ? 'new' : 'there' }, isSame)
    }
    if (event.kind === 'direct') this.#between('from', event.text, event.id, 'there')
    if (event.kind === 'direct-sent' && input.kind === 'say')
      this.#between('to', input.text, event.id, 'waiting')
    if (event.kind === 'direct-received') this.#arrived([event.id], 'received')
    if (event.kind === 'direct-lost') this.#arrived(event.ids, 'lost')
    if (event.kind === 'gap' && event.reason !== 'not-member') {
      const [from, to] = [Number(event.from), Number(event.to)]
      const count = to - from + 1
      const isSame = ({ kind, id, sequence }: Word): boolean =>
        kind === 'missed' && id === `${from}` && sequence === count
      this.#add({ kind: 'missed', sequence: count, state: 'there', id: `${from}` }, isSame)
    }
  }

  #between(kind: 'to' | 'from', text: string, number: bigint, state: Word['state']): void {
    const id = wordIdOf(this.#seat, number)
    this.#add({ kind, text, id, state }, word => word.kind === kind && word.id === id)
  }

  #add(word: Partial<Word> & Pick<Word, 'kind' | 'state'>, isSame: (known: Word) => boolean): void {
    this.#words.add({ pairId: '', name: '', text: '', sequence: 0, id: '', ...word }, isSame)
  }

  #arrived(ids: readonly bigint[], state: 'received' | 'lost'): void {
    const names = ids.map(id => wordIdOf(this.#seat, id))
    this.#words.change(({ kind, id }) => kind === 'to' && names.includes(id), { state })
  }
}

const toAll: readonly Word['kind'][] = ['said', 'emergency']
