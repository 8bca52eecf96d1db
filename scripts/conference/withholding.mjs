/** A way on which somebody keeps back what they choose: frames for all over TCP, by their numbers. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const headerBytes = 16
const lengthBytes = 4
const opcodesForAll = new Set([30, 40])
const signed = 8

/** Where it listens, whom it stands before, and what it keeps back. */
export async function withholding(address) {
  const withheld = new Set()
  const sockets = new Set()
  const server = createServer(client => {
    const relay = connect(address)
    const pass = passing(withheld, bytes => client.write(bytes))
    client.on('data', bytes => relay.write(bytes))
    relay.on('data', pass)
    for (const [one, other] of [
      [client, relay],
      [relay, client],
    ]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.end()
      })
    }
  })
  server.listen(0, address.host)
  await once(server, 'listening')
  return {
    address: { ...address, port: server.address().port },
    withhold: sequence => void withheld.add(BigInt(sequence)),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Gives on whole frames, but those that are kept back. */
function passing(withheld, give) {
  let waiting = Buffer.alloc(0)
  return bytes => {
    waiting = Buffer.concat([waiting, bytes])
    while (waiting.length >= lengthBytes) {
      const end = lengthBytes + waiting.readUInt32BE()
      if (waiting.length < end) return
      const frame = waiting.subarray(0, end)
      waiting = waiting.subarray(end)
      if (!isWithheld(withheld, frame.subarray(lengthBytes))) give(frame)
    }
  }
}

const isWithheld = (withheld, frame) =>
  frame.length >= headerBytes &&
  opcodesForAll.has(frame[1]) &&
  frame[2] === signed &&
  withheld.has(frame.readBigUInt64BE(8))
