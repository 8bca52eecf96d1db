/** The end of connections whose other side answers no close. */
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
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
