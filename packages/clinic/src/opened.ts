/** A message of the other side of a pair, opened once, and what is left of it to be acknowledged. */
import type { ChartsealError } from '@chartseal/core/errors'
import type { Header } from '@chartseal/wire'
import { pairOf } from './conference/book.js'
import { type Device, ringNow } from './device.js'
import {
  type OpenedBefore,
  type OpenedOnce,
  type OpenOptions,
  openOnce,
  type ThreadOptions,
} from './thread.js'
import type { World } from './world.js'

/** Which message was opened: to be acknowledged when what it led to is stored. */
export interface OpenedHeader extends Header {
  readonly before: OpenedBefore
}

/** @param own what is thrown for a message that this device sealed itself @throws ChartsealError as `openOnce` */
export function openFromPeer(
  device: Device,
  message: Uint8Array,
  options: OpenOptions,
  world: World,
  own: () => ChartsealError,
): { readonly opened: OpenedOnce; readonly after: Device } {
  const { result: opened, device: after } = openOnce(device, message, options, world)
  if (opened.sealedBy !== 'peer') throw own()
  return { opened, after: after ?? device }
}

export function headerOf({ kid, counter, before }: OpenedOnce): OpenedHeader {
  return { kid, counter, before }
}

/** Names the pair of a device, as a book or a keeper's state has it. */
export function pairNow(device: Device, { confirmClock = false }: ThreadOptions, world: World): string {
  return pairOf(ringNow(device, world, confirmClock))
}
