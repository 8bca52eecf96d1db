/** Vectors of Noise implementations: the text of flynn/noise, and the JSON that cacophony, snow and noise-c share. */

const bytes = hex => Uint8Array.from(Buffer.from(hex ?? '', 'hex'))
const optional = hex => (hex === undefined ? null : bytes(hex))

/** The cases of a file, each `{ name, initiator, responder, handshakeHash, transportBegins, messages }`. */
export const readVectors = text => (text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text))

function fromJson(text) {
  return JSON.parse(text).vectors.map(vector => ({
    name: vector.protocol_name ?? vector.name,
    initiator: sideOf(vector, 'init', 'resp'),
    responder: sideOf(vector, 'resp', 'init'),
    handshakeHash: optional(vector.handshake_hash),
    // The turns of the handshake go on.
    transportBegins: null,
    messages: vector.messages.map(({ payload, ciphertext }) => ({
      payload: bytes(payload),
      ciphertext: bytes(ciphertext),
    })),
  }))
}

const sideOf = (vector, side) => ({
  prologue: bytes(vector[`${side}_prologue`]),
  static: optional(vector[`${side}_static`]),
  ephemeral: optional(vector[`${side}_ephemeral`]),
  theirStatic: optional(vector[`${side}_remote_static`]),
  psks: vector[`${side}_psks`]?.map(bytes) ?? [optional(vector[`${side}_psk`])].filter(psk => psk !== null),
})

function fromLines(text) {
  const blocks = text.split(/\n\s*\n/).map(fieldsOf)
  return blocks.filter(fields => fields.handshake !== undefined).map(fromFields)
}

const fieldsOf = block =>
  Object.fromEntries(
    block
      .split('\n')
      .map(line => line.trim().split('='))
      .filter(([name]) => name !== '' && !name.startsWith('#')),
  )

function fromFields(fields) {
  const psks = [optional(fields.preshared_key)].filter(psk => psk !== null)
  const side = (own, ephemeral) => ({
    prologue: bytes(fields.prologue),
    static: optional(fields[own]),
    ephemeral: optional(fields[ephemeral]),
    theirStatic: null,
    psks,
  })
  const count = Object.keys(fields).filter(name => name.endsWith('_payload')).length
  return {
    name: fields.handshake,
    initiator: side('init_static', 'gen_init_ephemeral'),
    responder: side('resp_static', 'gen_resp_ephemeral'),
    handshakeHash: null,
    transportBegins: 'initiator',
    messages: Array.from({ length: count }, (_, i) => ({
      payload: bytes(fields[`msg_${i}_payload`]),
      ciphertext: bytes(fields[`msg_${i}_ciphertext`]),
    })),
  }
}
