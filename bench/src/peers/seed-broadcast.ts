/**
 * The broadcast of the seed MedChatSecure, its formulas and its order: a group key of the session keys of all, encrypted for
 * each and sent to each (opcode 30), and then the text under it, once more to each (opcode 40). A length stands before
 * each frame, as without one its own clients lose some.
 */
import { createServer, type Socket } from 'node:net'
import { concat } from '@chartseal/core/bytes'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { defaultPooledRandom } from '@chartseal/core/system'
import { deriveGroupKey, sealGroupKey, sealMessage } from '@chartseal/elgamal-session/v1'

const random = defaultPooledRandom()
const doctorPrivateKey = 2n ** 2_047n + 1n

interface Session {
  readonly socket: Socket
  readonly idPatient: string
  readonly key: Uint8Array
  readonly sessionKey: string
}

const sessions = new Map<Socket, Session>()

function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(5)
  new DataView(head.buffer).setUint32(0, 1 + payload.length)
  head[4] = opcode
  return concat(head, payload)
}

function broadcast(text: string): void {
  const all = [...sessions.values()]
  const groupKey = decodeHex(deriveGroupKey(all, doctorPrivateKey))
  for (const { socket, key } of all) socket.write(frame(30, sealGroupKey(key, groupKey, random)))
  const said = frame(40, sealMessage(groupKey, text, random))
  for (const { socket } of all) socket.write(said)
}

const server = createServer({ noDelay: true }, socket => {
  const key = random.bytes(32)
  const idPatient = `P${sessions.size.toString().padStart(7, '0')}`
  sessions.set(socket, { socket, idPatient, key, sessionKey: encodeHex(key) })
  socket.on('error', () => undefined)
  socket.on('close', () => sessions.delete(socket))
  // A line is what the doctor types; whoever types is no patient.
  socket.on('data', part => {
    sessions.delete(socket)
    for (const line of part.toString().split('\n')) if (line !== '') broadcast(line)
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  process.stdout.write(`own (listening at 127.0.0.1:${port})\n`)
})
for (const end of ['SIGTERM', 'disconnect'] as const) process.once(end, () => process.exit(0))
