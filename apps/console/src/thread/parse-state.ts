import { coreError } from '@chartseal/core/errors'
import { type MessageState, messageStates } from './states.js'

/** @throws ChartsealError `cbor/invalid` */
export function parseMessageState(text: string): MessageState {
  const state = messageStates.find(known => known === text)
  if (state === undefined) throw coreError('cbor/invalid', { field: 'state', expected: 'a known state' })
  return state
}
