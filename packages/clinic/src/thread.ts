/**
 * Messages of one pair: each is sealed with the next counter and opened once. The steps change the state of a device;
 * what they give may leave only when that state is stored.
 */
import { encodeHex } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import { canonicalId } from '@chartseal/core/text'
import {
  defaultBudget,
  type ReadingKey,
  type Ring,
  readingKey,
  takeSealingKey,
  vouchForEpoch,
  wipeRing,
} from '@chartseal/kdf-keyring'
import {
  advanceWindow,
  type Binding,
  type Body,
  emptyWindow,
  type Header,
  judgeCounter,
  type MessageKey,
  maxMessageBytes,
  messageError,
  type OpenedMessage,
  openMessage,
  type Padding,
  readHeader,
  sealMessage,
} from '@chartseal/wire'
import { type Device, type Opening, ringNow } from './device.js'
import { clinicError } from './errors.js'
import type { Change, World } from './world.js'

/** How many messages at most wait for word that their content was written. */
const maxOpening = 64

/** What both sides must name alike; it is authenticated and not in the message. */
export interface ThreadNames {
  readonly patientId: string
  /** Empty unless given. */
  readonly thread?: string
  /** The signing keys of the pair unless given. */
  readonly sender?: string
  readonly recipient?: string
}

export interface ThreadOptions {
  readonly names: ThreadNames
  /** A person says that the clock is right although it jumped. */
  readonly confirmClock?: boolean
}

/**
 * The names as they are sealed: ids in their one spelling, parties by the hash of their keys where none is named.
 * @throws RangeError for an id that is empty, begins or ends with a space, or has invisible characters
 */
export function bindingOf(names: ThreadNames, { identities }: Ring, sealedBy: 'own' | 'peer'): Binding {
  const { patientId, thread = '', sender, recipient } = names
  const other = sealedBy === 'own' ? 'peer' : 'own'
  return {
    patientId: canonicalId(patientId, 'the patient id'),
    thread: thread === '' ? '' : canonicalId(thread, 'the thread'),
    sender: sender === undefined ? encodeHex(identities[sealedBy]) : canonicalId(sender, 'the sender'),
    recipient:
      recipient === undefined ? encodeHex(identities[other]) : canonicalId(recipient, 'the recipient'),
  }
}

/** One key for one message or attachment. The caller wipes it. */
export interface NextKey {
  readonly key: MessageKey
  readonly binding: Binding
}

/**
 * Spends the next counter on content of this size. The state that this gives is stored before anything is sealed.
 * @throws ChartsealError `ring/not-paired`, `keyring/…`; RangeError as `bindingOf`
 */
export function takeNextKey(
  device: Device,
  sizeBytes: number,
  options: ThreadOptions,
  world: World,
): Change<NextKey> {
  const present = ringNow(device, world, options.confirmClock)
  const binding = bindingOf(options.names, present, 'own')
  const { ring, sealing } = takeSealingKey(present, sizeBytes, world.clock.nowMs())
  return { result: { key: sealing, binding }, device: { ...device, ring } }
}

export interface SealOptions extends ThreadOptions {
  readonly body: Omit<Body, 'sentAtMs'>
  readonly padding?: Padding
}

/**
 * Seals the next message to the other side; gives its bytes.
 * @throws ChartsealError `ring/not-paired`, `keyring/…`, `message/too-large`; RangeError as `bindingOf`
 */
export function sealNext(device: Device, options: SealOptions, world: World): Change<Uint8Array> {
  const { body, padding } = options
  // Refused here, or the budget would answer for it.
  if (body.content.length > maxMessageBytes)
    throw messageError('message/too-large', { limitBytes: maxMessageBytes })
  const { result: next, device: after } = takeNextKey(device, body.content.length, options, world)
  try {
    const sent = { ...body, sentAtMs: world.clock.nowMs() }
    return { result: sealMessage(next.key, next.binding, sent, world.random, padding), device: after }
  } finally {
    next.key.key.wipe()
  }
}

export interface OpenOptions extends ThreadOptions {
  /** Show a message that was opened before, and say so. */
  readonly again?: boolean
}

/**
 * Whether this device opened the message before: `no`; `unwritten`, when nobody said that its content arrived; `yes`,
 * only when asked for.
 */
export type OpenedBefore = 'no' | 'unwritten' | 'yes'

export interface OpenedOnce extends OpenedMessage {
  readonly sealedBy: 'own' | 'peer'
  readonly before: OpenedBefore
}

/**
 * Opens a message that this device has not opened before. Store the new state, write the content where it belongs, and
 * then {@link acknowledge} it: until then the same message can be opened again.
 * @throws ChartsealError `thread/replayed`, `thread/too-old`, `thread/over-budget`, `open/failed`, `ring/not-paired`,
 * `keyring/…`, `message/…`; RangeError as `bindingOf`
 */
export function openOnce(
  device: Device,
  message: Uint8Array,
  options: OpenOptions,
  world: World,
): Change<OpenedOnce> {
  const { ring, reading, binding } = readAt(device, readHeader(message), options, world)
  try {
    const opened = openMessage(reading.key, message, binding)
    const accepted = acceptAt(device, ring, reading, opened, options)
    const { side: sealedBy } = reading.sender
    return { ...accepted, result: { ...opened, sealedBy, before: accepted.result } }
  } finally {
    reading.key.wipe()
  }
}

/** The key of an attachment, which is opened as a stream. The caller wipes it. */
export interface AttachmentKey {
  readonly key: AeadKey
  readonly binding: Binding
  readonly sealedBy: 'own' | 'peer'
}

/** @throws ChartsealError `ring/not-paired`, `keyring/…`; RangeError as `bindingOf` */
export function attachmentKey(
  device: Device,
  header: Header,
  options: ThreadOptions,
  world: World,
): AttachmentKey {
  const { reading, binding } = readAt(device, header, options, world)
  return { key: reading.key, binding, sealedBy: reading.sender.side }
}

/**
 * Counts an attachment as opened, when its stream has ended without an error.
 * @throws ChartsealError as `openOnce`
 */
export function acceptAttachment(
  device: Device,
  header: Header,
  options: OpenOptions,
  world: World,
): Change<OpenedBefore> {
  const { ring, reading } = readAt(device, header, options, world)
  reading.key.wipe()
  return acceptAt(device, ring, reading, header, options)
}

function readAt(
  device: Device,
  { kid }: Header,
  options: ThreadOptions,
  world: World,
): { readonly ring: Ring; readonly reading: ReadingKey; readonly binding: Binding } {
  const ring = ringNow(device, world, options.confirmClock)
  const reading = readingKey(ring, kid)
  try {
    return { ring, reading, binding: bindingOf(options.names, ring, reading.sender.side) }
  } catch (error) {
    reading.key.wipe()
    throw error
  }
}

function acceptAt(
  device: Device,
  ring: Ring,
  reading: ReadingKey,
  { kid, counter }: Header,
  { again = false }: OpenOptions,
): Change<OpenedBefore> {
  // A partner that keeps to the budget never comes so far, and a counter near the end would shut out all others.
  if (counter >= BigInt(defaultBudget.messages))
    throw clinicError('thread/over-budget', { limit: defaultBudget.messages })
  const opening: Opening = { kid: encodeHex(kid), counter }
  const window = device.windows.get(opening.kid)?.window ?? emptyWindow
  const verdict = judgeCounter(window, counter)
  const moved = { ...device, ring: vouchedFor(ring, reading) }
  if (verdict !== 'fresh') {
    if (device.opening.some(one => isSame(one, opening))) return { result: 'unwritten', device: moved }
    if (again) return { result: 'yes', device: moved }
    throw clinicError(`thread/${verdict}`, {})
  }
  const windows = new Map([
    ...device.windows,
    [opening.kid, { epoch: reading.epoch, window: advanceWindow(window, counter) }] as const,
  ])
  const waiting = [...device.opening, opening].slice(-maxOpening)
  return { result: 'no', device: { ...moved, windows, opening: waiting } }
}

/** An authenticated message of the other side says that its clock agrees with the month. */
function vouchedFor(ring: Ring, reading: ReadingKey): Ring {
  const vouched = vouchForEpoch(ring, reading)
  wipeRing(ring)
  return vouched
}

/** The content was written where it belongs: from now on the message counts as opened. */
export function acknowledge(device: Device, { kid, counter }: Header): Change<null> {
  const done: Opening = { kid: encodeHex(kid), counter }
  const opening = device.opening.filter(one => !isSame(one, done))
  return { result: null, device: opening.length === device.opening.length ? null : { ...device, opening } }
}

const isSame = (one: Opening, other: Opening): boolean =>
  one.kid === other.kid && one.counter === other.counter
