/** Frozen links, files, verifiers and cards: docs/spec/shl.md. */
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { agree, type CaseRunner, type VectorRunners } from '@chartseal/core/vectors'
import { formatHealthCardQr, parseHealthCardQr, verifyHealthCard } from '../shc.js'
import * as shl from '../shl.js'

/** One text of one kind: what it says, or the code with which it is refused. */
const judge: CaseRunner = async testCase => {
  const read = readers[testCase.text('kind')]
  agree('the kind', read !== undefined, true)
  const expected = testCase.has('refused') ? testCase.text('refused') : null
  agree('the refusal', await refusalOf(async () => read?.(testCase)), expected)
}

/** `null` when it is not refused. */
async function refusalOf(attempt: () => unknown): Promise<string | null> {
  try {
    await attempt()
    return null
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

const readers: Readonly<Record<string, (testCase: JsonObject) => unknown>> = {
  link: readLink,
  file: readFile,
  manifest: testCase => shl.parseManifest(testCase.text('text')),
  verifier: readVerifier,
  'card-qr': readCardQr,
  card: readCard,
}

function readLink(testCase: JsonObject): void {
  const text = testCase.text('text')
  const link = shl.parseLink(text)
  agree('the URL', link.url, testCase.text('url'))
  agree('the key', link.key.reveal(), testCase.hex('key'))
  agree('the flags', link.flags, testCase.text('flags'))
  agree('exp', link.expSeconds, testCase.raw('exp'))
  agree('the label', link.label, testCase.raw('label'))
  if (testCase.boolean('as_written')) agree('the link written again', shl.formatLink(link), text)
}

async function readFile(testCase: JsonObject): Promise<void> {
  const [text, key] = [testCase.text('text'), new AeadKey(testCase.hex('key'))]
  const { content, contentType } = await shl.decryptJwe(text, key)
  agree('the content', content, testCase.hex('content'))
  agree('the type', contentType, testCase.raw('content_type'))
  // Compressed content has many forms: only what is not compressed comes out the same.
  if (!testCase.has('nonce') || contentType === null) return
  const random = { bytes: () => testCase.hex('nonce') }
  agree('the file encrypted again', await shl.encryptJwe({ content, contentType }, key, { random }), text)
}

async function readVerifier(testCase: JsonObject): Promise<void> {
  const right = await shl.isPasscode(testCase.text('text'), testCase.text('passcode'))
  agree('whether it is the passcode', right, testCase.boolean('right'))
}

function readCardQr(testCase: JsonObject): void {
  const codes = testCase.texts('codes')
  const jws = parseHealthCardQr(codes)
  agree('the card', jws, testCase.text('jws'))
  agree('the codes', formatHealthCardQr(jws).join(' '), codes.join(' '))
}

async function readCard(testCase: JsonObject): Promise<void> {
  const issuer = testCase.text('issuer')
  const pages = new Map([
    [`${issuer}/.well-known/jwks.json`, testCase.raw('jwks')],
    [`${issuer}/.well-known/crl/${testCase.text('kid')}.json`, testCase.raw('revoked')],
  ])
  const nowMs = testCase.count('now') * 1000
  const card = await verifyHealthCard(testCase.text('text'), {
    ...{ nowMs, issuers: testCase.texts('trusted') },
    fetch: async url => new Response(JSON.stringify(pages.get(url) ?? null)),
  })
  agree('the issuer', card.issuer, issuer)
  agree('the bundle', JSON.stringify(card.bundle), JSON.stringify(testCase.raw('bundle')))
}

export const shlRunners: VectorRunners = { shl: judge }
