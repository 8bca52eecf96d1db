/** Records of the ledger as devices of a clinic sign them, and what the clinic answers. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  attach,
  type Claims,
  type LedgerRecord,
  prepare,
  type RecordSigner,
  signWith,
} from '@chartseal/emr-ledger'
import { patience } from '@chartseal/testkit'
import { expect, vi } from 'vitest'
import type { DeviceClient } from '../dist/clinic/client.js'

/** How a test asks a clinic: in this process, or over a socket. */
export type Ask = (
  method: string,
  path: string,
  body?: Uint8Array,
) => Promise<{ readonly status: number; readonly body: unknown }>

export interface Standing {
  readonly state: string
  readonly ready: boolean | null
  readonly sealed: { readonly finality: string; readonly height: number } | null
  readonly prescription: {
    readonly status: string
    readonly dispensed: number
    readonly last: string
    readonly final: { readonly status: string; readonly dispensed: number } | null
  } | null
}

export const signerOf = (device: DeviceClient): RecordSigner => ({
  algorithm: 'Ed25519',
  publicKey: device.identity,
  kid: decodeBase64Url(device.kid),
  sign: message => device.sign(message),
})

async function signed(claims: Claims, device: DeviceClient): Promise<LedgerRecord> {
  const prepared = prepare(claims, { ledgerName: 'Test clinic' })
  return attach(prepared, [await signWith(prepared, signerOf(device))])
}

const farAway = 4_000_000_000n

export interface Writing {
  readonly ledger: Uint8Array
  readonly device: DeviceClient
  readonly seq: bigint
}

export function prescribe({ ledger, device, seq }: Writing, quantity: number): Promise<LedgerRecord> {
  const claims: Claims = {
    kind: 'prescribe',
    ledger,
    signer: decodeBase64Url(device.kid),
    seq,
    authoredOn: 1_764_400_000n,
    subject: systemRandom.bytes(32),
    body: systemRandom.bytes(32),
    reference: '',
    validUntil: farAway,
    quantity,
  }
  return signed(claims, device)
}

export function dispense(
  { ledger, device, seq }: Writing,
  prescription: Uint8Array,
  previous: Uint8Array,
  quantity: number,
): Promise<LedgerRecord> {
  const claims: Claims = {
    kind: 'dispense',
    ledger,
    signer: decodeBase64Url(device.kid),
    seq,
    authoredOn: 1_764_400_000n,
    prescription,
    previous,
    quantity,
    salt: systemRandom.bytes(16),
  }
  return signed(claims, device)
}

export const pathOf = ({ txid }: LedgerRecord): string => `/v1/ledger/records/${encodeBase64Url(txid)}`

export async function ledgerOf(ask: Ask): Promise<Uint8Array> {
  const { body } = await ask('GET', '/v1/ledger')
  const { ledger }: { ledger?: unknown } = Object(body)
  return decodeBase64Url(String(ledger))
}

export const put = (ask: Ask, record: LedgerRecord) => ask('PUT', pathOf(record), record.bytes)

export async function standing(ask: Ask, record: LedgerRecord): Promise<Standing> {
  const { status, body } = await ask('GET', pathOf(record))
  expect(status).toBe(200)
  return Object(body)
}

/** Hands it in until the roster has its signer, and resolves when it is final. */
export async function putFinal(
  ask: Ask,
  record: LedgerRecord,
  beat?: () => Promise<void>,
): Promise<Standing> {
  await vi.waitFor(async () => expect((await put(ask, record)).status).toBe(200), patience)
  await beat?.()
  return untilFinal(ask, record)
}

export async function untilFinal(ask: Ask, record: LedgerRecord): Promise<Standing> {
  return vi.waitFor(async () => {
    const found = await standing(ask, record)
    expect(found.sealed?.finality).toBe('final')
    return found
  }, patience)
}
