/** Words between two count from 1 for each seat: who is invited again has another one, and the words of both are told apart. */
import type { Word } from '../../conference/word-row.js'
import type { Words } from './words.js'

const tagDigits = 16

/** @param key the static key of the seat, in hexadecimal */
export const seatTag = (key: string): string => key.slice(0, tagDigits)

export const wordIdOf = (seat: string, id: bigint): string => `${seat}:${id}`

const seatIn = ({ id }: Word): string => id.split(':')[0] ?? ''

/** What waits for a seat that is no more never arrives. */
export function loseWords(words: Words, seats: ReadonlySet<string>): void {
  words.change(word => word.kind === 'to' && word.state === 'waiting' && !seats.has(seatIn(word)), {
    state: 'lost',
  })
}
