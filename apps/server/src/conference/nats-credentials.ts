/** The file that lets a server in at NATS. */
import { readFile } from 'node:fs/promises'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { attempt } from '@chartseal/core/files'

export interface CredentialsErrors {
  'nats/credentials': { file: string }
}

export const credentialsError: ErrorFactory<CredentialsErrors> = defineErrors<CredentialsErrors>({
  'nats/credentials':
    'The file {file} must hold credentials of NATS: what `nsc` writes (.creds), a seed of an nkey, or USER:PASSWORD.',
})

export type Credentials =
  | { readonly kind: 'creds'; readonly bytes: Uint8Array }
  | { readonly kind: 'seed'; readonly bytes: Uint8Array }
  | { readonly kind: 'password'; readonly user: string; readonly password: string }

/** @throws ChartsealError `files/failed`, `nats/credentials` */
export async function credentialsIn(file: string): Promise<Credentials> {
  const bytes = await attempt('read', () => readFile(file), file)
  const text = bytes.toString('utf8').trim()
  if (/^-+BEGIN NATS USER JWT-+$/m.test(text)) return { kind: 'creds', bytes }
  if (/^SU[A-Z2-7]{56}$/.test(text)) return { kind: 'seed', bytes: Buffer.from(text) }
  const [, user, password] = /^([^:\s]+):(.+)$/.exec(text) ?? []
  if (user === undefined || password === undefined) throw credentialsError('nats/credentials', { file })
  return { kind: 'password', user, password }
}
