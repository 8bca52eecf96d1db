/** One operation of the interface: what it takes, who may ask, what it answers, and what it does. */
import type { RequestSignature } from '@chartseal/clinic/signed-request'
import type { VerifyingKey } from '@chartseal/core/ed25519'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { parseJson } from '@chartseal/core/json'
import type { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import { requestError } from '../errors.js'
import type { Answer } from './answers.js'
import type { ProblemCode } from './problems.js'

/**
 * `open`: anybody, or whoever knows the names in the path. `device`: signed by a device that is enrolled. `sender`: signed
 * by a device that is enrolled, or not signed. `self`: signed, and the operation looks up the key.
 */
export type Auth = 'open' | 'device' | 'sender' | 'self'

/** What a request brings once its form and its signature were checked. */
export interface Call {
  readonly bytes: Uint8Array
  /** Who signed; `null` where nobody did, or the operation looks up the key. */
  readonly device: EnrolledDevice | null
  readonly signature: RequestSignature | null
  /** From which network it came: what limits are counted by. */
  readonly network: string
  /** By its name in lower case. */
  header(name: string): string | null
  /** Checks the signature with a key that the operation found, and takes its nonce. @throws ChartsealError `signature/…` */
  verifyWith(verifyingKey: VerifyingKey | null): Promise<void>
  /** Ends when nobody waits for the answer any more. */
  signal(): AbortSignal
}

export type Names = z.ZodRawShape

export interface BodyRule<Body> {
  readonly type: 'application/octet-stream' | 'application/json'
  readonly maxBytes: number
  /** @throws ChartsealError `request/invalid` */
  parse(bytes: Uint8Array): Body
  readonly schema: z.ZodType
}

/** What is documented of an operation, and what is tested against what it does. */
export interface OperationRules {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS'
  /** With names in braces, as OpenAPI writes them. */
  readonly path: string
  readonly summary: string
  readonly auth: Auth
  /** As how many requests of a network one counts that nobody signed; by default 1. */
  readonly cost?: number
  /** Codes beside those that every operation may give. */
  readonly codes: readonly ProblemCode[]
  readonly answer:
    | { readonly status: 200; readonly json: z.ZodType }
    | { readonly status: 200; readonly type: string }
    | { readonly status: 101 | 200 | 204 }
  /** Other answers that are no refusal in the words of this interface, with what they say. */
  readonly others?: { readonly [status: number]: string }
}

export interface Operation extends OperationRules {
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: BodyRule<unknown> | null
  /** Checks the form of the address; what it gives does the rest. @throws ChartsealError `request/invalid` */
  prepare(params: unknown, query: unknown): Prepared
}

/** An operation whose names are known. */
export interface Prepared {
  /** Before the body is read: nobody sends a megabyte to what is not there. */
  admit(clinic: Clinic): Promise<void>
  run(call: Call, clinic: Clinic): Promise<Answer>
}

/** Makes an operation whose `run` sees typed names and a typed body. */
export function operation<Params extends Names, Query extends Names, Body = Uint8Array>(
  rules: OperationRules & {
    readonly params: z.ZodObject<Params>
    readonly query: z.ZodObject<Query>
    readonly body?: BodyRule<Body>
    /** What is refused before the body is read; by default nothing. */
    admit?(params: z.output<z.ZodObject<Params>>, clinic: Clinic): Promise<unknown>
    run(
      call: Call & {
        readonly params: z.output<z.ZodObject<Params>>
        readonly query: z.output<z.ZodObject<Query>>
        readonly body: Body | null
      },
      clinic: Clinic,
    ): Promise<Answer>
  },
): Operation {
  const { params, query, body, admit, run, ...rest } = rules
  return {
    ...rest,
    params,
    query,
    body: body ?? null,
    prepare(rawParams, rawQuery) {
      const names = { params: checked(params, rawParams), query: checked(query, rawQuery) }
      return {
        admit: async clinic => void (await admit?.(names.params, clinic)),
        run: async (call, clinic) =>
          run({ ...call, ...names, body: body === undefined ? null : body.parse(call.bytes) }, clinic),
      }
    },
  }
}

/** @throws ChartsealError `request/invalid` with the paths of what is wrong, never what they hold */
function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const fields = result.error.issues.map(({ path }) => path.map(String).join('.') || '$')
  throw requestError('request/invalid', { fields: [...new Set(fields)] })
}

/** Opaque bytes, from one to as many. */
export function bytesBody(maxBytes: number, schema: z.ZodType): BodyRule<Uint8Array> {
  return {
    type: 'application/octet-stream',
    maxBytes,
    schema,
    parse(bytes) {
      if (bytes.length === 0) throw requestError('request/invalid', { fields: ['body'] })
      return bytes
    },
  }
}

/** JSON of this form, each name once. */
export function jsonBody<Schema extends z.ZodType>(
  schema: Schema,
  maxBytes: number,
): BodyRule<z.output<Schema>> {
  return { type: 'application/json', maxBytes, schema, parse: bytes => checked(schema, parsed(bytes)) }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseJson(decodeUtf8(bytes))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw requestError('request/invalid', { fields: ['$'] })
  }
}
