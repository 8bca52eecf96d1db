/** Names of the interface in their one spelling. Table: docs/spec/clinic-api.md. */
import { purposesOfUse } from '@chartseal/audit/access'
import { z } from 'zod'
import { cidText } from '../clinic/blocks.js'

// Base64url without padding: the last character of 16 bytes has four bits that are zero, of 32 bytes two.
const token16 = /^[A-Za-z0-9_-]{21}[AQgw]$/
const token32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const whole = /^(0|[1-9]\d{0,15})$/

export const name16 = z.string().regex(token16).describe('16 bytes in base64url')
export const name32 = z.string().regex(token32).describe('32 bytes in base64url')
export const kid = z.string().regex(token32).describe('RFC 7638 thumbprint of an Ed25519 identity')
export const cid = z.string().regex(cidText).describe('CID version 1, raw or dag-pb, SHA-256, in base32')
export const purpose = z.enum(purposesOfUse).describe('HL7 v3 PurposeOfUse')
export const step = z.string().regex(/^[a-z0-9-]{1,16}$/)

/** A whole number in a path or a query, between these. */
export const count = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(whole)
    .transform(Number)
    .refine(value => value >= least && value <= most)

export const after = count(0, Number.MAX_SAFE_INTEGER).optional()
export const limit = count(1, 500).optional()
export const defaultLimit = 100

export const roles = ['doctor', 'patient', 'pharmacist', 'custodian', 'auditor'] as const
/** Those that an invitation lets in. */
export const invitedRoles = ['doctor', 'patient', 'pharmacist', 'custodian', 'auditor'] as const
export type InvitedRole = (typeof invitedRoles)[number]

export const limits = {
  messageBytes: 1_048_576,
  slotBytes: 4_096,
  entryBytes: 60_000,
  jsonBytes: 65_536,
  rosterBytes: 262_144,
  blockBytes: 1_048_576,
  grantsBytes: 14_680_064,
  grantsBodyBytes: 20_971_520,
  readers: 10_000,
  linkBytes: 6_291_456,
  linkBodyBytes: 8_388_608,
  links: 1_000,
  conferences: 16,
  conferenceMs: 7 * 86_400_000,
  breakGlassBytes: 65_536,
  ledgerRecordBytes: 589_824,
  ledgerEvidenceBytes: 65_536,
  ledgerHeaders: 1_000,
  slotMs: 600_000,
  slotSteps: 16,
  list: 500,
  listBytes: 4_194_304,
} as const

/** A text by which a node of the ledger says that something is new. */
export const newsCharacters = 64
export const newsText = z.string().regex(/^[A-Za-z0-9_.-]{0,64}$/)
