/** A device at rest and unlocked: ways in, the key of its rows, locking. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { type Argon2id, formatPhc, hardenPassphrase, newArgon2id, parsePhc } from '@chartseal/kdf-keyring'
import { consoleError } from '../errors.js'
import type { Locks } from '../store/locks.js'
import { type Rows, textOf } from '../store/rows.js'
import type { Passkeys } from './passkey.js'
import {
  newRowKey,
  openRowKey,
  type PasskeyWay,
  type PassphraseWay,
  readWays,
  type Way,
  wayKey,
  wrapAgain,
} from './ways.js'

export const leastPassphrase = 10
export const waysRow = 'ways'

export interface VaultOptions {
  readonly rows: Rows
  readonly locks: Locks
  readonly random: Random
  readonly passkeys: Passkeys
  /** In place of the WebAssembly one. */
  readonly argon2id?: Argon2id
}

/** What is read, changed and stored in one go, over all tabs: one that adds a way undoes none of another one. */
export const atVault = <Result>(
  { locks }: Pick<VaultOptions, 'locks'>,
  work: () => Promise<Result>,
): Promise<Result> => locks('chartseal/vault', work)

/** Which ways there are; empty on a device without keys. @throws ChartsealError `console/damaged-row` */
export async function waysOf({ rows }: VaultOptions): Promise<readonly Way[]> {
  return readWays(textOf(await rows.get(waysRow)))
}

/**
 * A new device with its first way, the passphrase. The caller is {@link atVault}.
 * @throws ChartsealError `console/short-passphrase`
 */
export async function createVault(options: VaultOptions, passphrase: string): Promise<CryptoKey> {
  const way = await newPassphraseWay(options, passphrase)
  const { key, wrapped } = await newRowKey(way.key, options.random)
  await storeWays(options, [{ kind: 'passphrase', phc: way.phc, wrapped }])
  return key
}

/** @throws ChartsealError `console/wrong-passphrase` */
export async function unlockByPassphrase(options: VaultOptions, passphrase: string): Promise<CryptoKey> {
  const way = passphraseOf(await waysOf(options))
  const key = await openRowKey(way.wrapped, await passphraseKey(options, passphrase, way.phc))
  if (key === null) throw consoleError('console/wrong-passphrase', {})
  return key
}

/** @throws ChartsealError `console/no-passkey`, `console/wrong-passkey`, `console/passkey-without-prf` */
export async function unlockByPasskey(options: VaultOptions): Promise<CryptoKey> {
  const way = passkeyOf(await waysOf(options))
  if (way === null) throw consoleError('console/no-passkey', {})
  const secret = await options.passkeys.ask(way.credential, way.salt)
  const key = await openRowKey(way.wrapped, await keyAndWipe('passkey', secret))
  if (key === null) throw consoleError('console/wrong-passkey', {})
  return key
}

/** The passphrase is asked for, since the key of the rows is out of reach otherwise. */
export function addPasskey(options: VaultOptions, passphrase: string, name: string): Promise<void> {
  return atVault(options, async () => {
    const way = passphraseOf(await waysOf(options))
    const opening = await passphraseKey(options, passphrase, way.phc)
    if ((await openRowKey(way.wrapped, opening)) === null) throw consoleError('console/wrong-passphrase', {})
    const { credential, salt, secret } = await options.passkeys.create(name)
    const wrapped = await wrapAgain(way.wrapped, opening, await keyAndWipe('passkey', secret), options.random)
    await storeWays(options, [way, { kind: 'passkey', credential, salt, wrapped }])
  })
}

/** The passphrase stays as the way in. */
export function removePasskey(options: VaultOptions): Promise<void> {
  return atVault(options, async () => {
    await storeWays(options, [passphraseOf(await waysOf(options))])
  })
}

/** @throws ChartsealError `console/wrong-passphrase`, `console/short-passphrase` */
export function changePassphrase(options: VaultOptions, old: string, next: string): Promise<void> {
  return atVault(options, async () => {
    const ways = await waysOf(options)
    const way = passphraseOf(ways)
    const opening = await passphraseKey(options, old, way.phc)
    const other = await newPassphraseWay(options, next)
    const wrapped = await wrapAgain(way.wrapped, opening, other.key, options.random)
    const passkey = passkeyOf(ways)
    const first: Way = { kind: 'passphrase', phc: other.phc, wrapped }
    await storeWays(options, passkey === null ? [first] : [first, passkey])
  })
}

async function newPassphraseWay(
  options: VaultOptions,
  passphrase: string,
): Promise<{ readonly key: CryptoKey; readonly phc: string }> {
  if ([...passphrase].length < leastPassphrase)
    throw consoleError('console/short-passphrase', { least: leastPassphrase })
  const phc = formatPhc(newArgon2id(options.random))
  return { phc, key: await passphraseKey(options, passphrase, phc) }
}

async function passphraseKey(
  { argon2id }: VaultOptions,
  passphrase: string,
  phc: string,
): Promise<CryptoKey> {
  using hardened = await hardenPassphrase(passphrase === '' ? ' ' : passphrase, parsePhc(phc), argon2id)
  return wayKey('passphrase', hardened.reveal())
}

async function keyAndWipe(kind: 'passkey', secret: Uint8Array): Promise<CryptoKey> {
  try {
    return await wayKey(kind, secret)
  } finally {
    secret.fill(0)
  }
}

async function storeWays({ rows }: VaultOptions, ways: readonly Way[]): Promise<void> {
  for (const { wrapped } of ways) decodeBase64Url(wrapped)
  await rows.write([[waysRow, JSON.stringify(ways)]])
}

function passphraseOf(ways: readonly Way[]): PassphraseWay {
  for (const way of ways) if (way.kind === 'passphrase') return way
  throw consoleError('console/damaged-row', { row: waysRow })
}

export function passkeyOf(ways: readonly Way[]): PasskeyWay | null {
  for (const way of ways) if (way.kind === 'passkey') return way
  return null
}
