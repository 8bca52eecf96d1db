/** The end of connections whose other side answers no close. */
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Peer } from '../dist/conference/peer.js'

/** A WebSocket whose other side is deaf. */
class Deaf extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  isCut = false

  close(): void {
    this.readyState = 2
  }

  terminate(): void {
    this.isCut = true
    this.emit('close')
  }
}

function deafPeer(isLetIn: boolean): { readonly peer: Peer; readonly webSocket: Deaf } {
  const webSocket = new Deaf()
  const peer = new Peer(webSocket as never, new Socket())
  if (isLetIn) peer.allow(1_048_576)
  return { peer, webSocket }
}

it('holds 2,048 closes that nobody answers, cuts the oldest, and gives whoever was let in their two seconds', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const members = Array.from({ length: 100 }, () => deafPeer(true))
  const strangers = Array.from({ length: 3_000 }, () => deafPeer(false))
  const cut = (all: typeof members): number => all.filter(({ webSocket }) => webSocket.isCut).length
  for (const { peer } of [...members, ...strangers]) peer.close(1013, 'busy')
  expect([cut(members), cut(strangers.slice(0, 952)), cut(strangers)]).toEqual([0, 952, 952])
  vi.advanceTimersByTime(2_000)
  expect([cut(members), cut(strangers)]).toEqual([100, 3_000])
  for (let i = 0; i < 2_048; i++) deafPeer(false).peer.close(1013, 'busy')
  const one = deafPeer(false)
  one.peer.close(1013, 'busy')
  expect(one.webSocket.isCut).toBe(false)
  vi.advanceTimersByTime(2_000)
  expect(one.webSocket.isCut).toBe(true)
})

/** What goes out on a socket, in the pieces in which it does. */
class Pieces extends Writable {
  readonly sent: string[] = []

  override _writev(parts: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.sent.push(Buffer.concat(parts.map(({ chunk }) => chunk)).toString('hex'))
    done()
  }
}

function heardPeer(): { readonly peer: Peer; readonly webSocket: Deaf; readonly pieces: Pieces } {
  const [webSocket, pieces] = [new Deaf(), new Pieces()]
  return { peer: new Peer(webSocket as never, pieces as never), webSocket, pieces }
}

it('tells whoever is not let in everything of one turn in one piece, and a member at once', async () => {
  const stranger = heardPeer()
  for (const one of [1, 2, 3]) stranger.peer.write([Uint8Array.of(one)])
  expect(stranger.pieces.sent).toEqual([])
  await new Promise(resolve => process.nextTick(resolve))
  expect(stranger.pieces.sent).toEqual(['820101820102820103'])
  const member = heardPeer()
  member.peer.allow(1_048_576)
  member.peer.write([Uint8Array.of(4)])
  expect(member.pieces.sent).toEqual(['820104'])
})

it('says the last word to whoever is cut in the turn in which it was said', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const all = Array.from({ length: 2_049 }, heardPeer)
  for (const { peer } of all) {
    peer.write([Uint8Array.of(5)])
    peer.close(1012, 'restart')
  }
  const cut = all.filter(({ webSocket }) => webSocket.isCut)
  expect(cut.map(({ pieces }) => pieces.sent)).toEqual([['820105']])
  vi.advanceTimersByTime(2_000)
})
