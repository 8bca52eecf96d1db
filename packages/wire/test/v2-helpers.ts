import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { Binding, Body, MessageKey } from '@chartseal/wire'

export const sealingKey: MessageKey = {
  key: new AeadKey(new Uint8Array(32).fill(7)),
  kid: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  counter: 5n,
}

export const binding: Binding = {
  patientId: 'PAT-12345',
  thread: 'ward 3',
  sender: 'dr-a',
  recipient: 'dr-b',
}

export const note = (content: Uint8Array = encodeUtf8('BP 120/80')): Body => ({
  mediaType: 'text/plain;charset=utf-8',
  content,
  sentAtMs: 1_790_000_000_000,
})
