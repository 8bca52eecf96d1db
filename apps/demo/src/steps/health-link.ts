/** Step: the patient hands out a SMART Health Link, and a program that shares no code with this one opens it. */
import { isDeepStrictEqual } from 'node:util'
import { decodeBase64Url, decodeUtf8, encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import {
  createLink,
  formatLink,
  openLink,
  type ServedFile,
  type ServedLink,
  type ShlLink,
} from '@chartseal/ipfs-envelope/shl'
import { SHLViewer } from 'kill-the-clipboard'
import { linkBundle } from '../links/content.js'
import { type LinkServer, startLinkServer } from '../links/server.js'
import type { Stage } from '../story.js'
import { flipped, grouped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

const other = 'kill-the-clipboard'
const recipient = 'Travel clinic'
const passcode = 'seven herons'
const mostWrong = 3

interface Handed {
  readonly text: string
  readonly link: ShlLink
  readonly served: ServedLink
  readonly content: Uint8Array
}

export async function handOutLink(stage: Stage, world: World, clinic: People): Promise<void> {
  const server = await startLinkServer(world.io)
  try {
    const handed = await handOut(stage, world, server)
    await openElsewhere(stage, server, handed)
    await attackLink(stage, world, server, handed)
    await endLink(stage, world, server, handed)
  } finally {
    await server.stop()
  }
  await clinic.trail.record(
    clinic.patient.name,
    'handed out a SMART Health Link, and ended it',
    clinic.patient.id,
  )
}

async function handOut(stage: Stage, { io, input }: World, server: LinkServer): Promise<Handed> {
  const content = linkBundle(input.bundle.bytes)
  const { link, served } = await createLink({
    ...{ baseUrl: server.baseUrl, passcode, maxWrongPasscodes: mostWrong, label: 'Visit of today' },
    files: [{ contentType: 'application/fhir+json', content, fhirVersion: '4.0.1' }],
    nowMs: io.clock.nowMs(),
    random: io.random,
  })
  await server.store.putLink(served)
  const text = formatLink(link)
  stage.note(`The patient shows ${text.slice(0, 24)}… as a QR code, and says the passcode aloud`)
  stage.note(`The server keeps ${grouped(content.length)} bytes of FHIR encrypted, and no key`)
  stage.check('what the server was given has neither key nor passcode', isBlind(served, link))
  return { text, link, served, content }
}

function isBlind(served: ServedLink, { key }: ShlLink): boolean {
  const given = JSON.stringify(served)
  const secrets = [Buffer.from(key.reveal()).toString('base64url'), passcode]
  return secrets.every(secret => !given.includes(secret))
}

async function openElsewhere(stage: Stage, server: LinkServer, { text, content }: Handed): Promise<void> {
  const { fhirResources } = await new SHLViewer({ shlinkURI: text }).resolveSHL({ recipient, passcode })
  const expected: unknown = JSON.parse(decodeUtf8(content))
  stage.check(
    `${other}, a program of others, opens it and has the bundle, value for value`,
    fhirResources.length === 1 && isDeepStrictEqual(fhirResources[0], expected),
  )
  const viewer = `https://viewer.example/#${text}`
  const again = await new SHLViewer({ shlinkURI: viewer }).resolveSHL({
    recipient,
    passcode,
    embeddedLengthMax: 1,
  })
  stage.check(
    'and again by way of a location for one use',
    isDeepStrictEqual(again.fhirResources[0], expected),
  )
  const kinds = server.store.accesses.map(access => `${access.kind} for ${access.recipient}`)
  stage.check(
    'the log of the link names who asked, each time before the answer',
    isDeepStrictEqual(
      kinds,
      ['manifest', 'manifest', 'file'].map(kind => `${kind} for ${recipient}`),
    ),
  )
}

async function attackLink(stage: Stage, { io }: World, server: LinkServer, handed: Handed): Promise<void> {
  const { text, link, served } = handed
  const open = opener(io)
  const otherKey = formatLink({ ...link, key: AeadKey.generate(io.random) })
  await stage.attack('the link with another key', 'open/failed', () => open(otherKey))
  await server.store.putLink({ ...served, files: served.files.map(damaged) })
  await stage.attack('one flipped bit in what the server keeps', 'open/failed', () => open(text))
  stage.answer(`the same, for ${other}`, 'SHLDecryptionError', await elsewhere(text, passcode))
  await server.store.putLink(served)
  await stage.attack('another passcode', 'shl/wrong-passcode', () => open(text, 'eight herons'))
  stage.answer(`another, by ${other}`, 'SHLInvalidPasscodeError', await elsewhere(text, 'nine herons'))
  await stage.attack('a third one', 'shl/wrong-passcode', () => open(text, 'ten herons'))
  await stage.attack('the right one, when the guesses are used up', 'shl/not-active', () => open(text))
}

type Open = (text: string, words?: string) => Promise<unknown>

/** `local`: the server of this story is on this machine. */
const opener =
  ({ clock }: World['io']): Open =>
  (text, words = passcode) =>
    openLink(text, { recipient: 'Mallory', passcode: words, nowMs: clock.nowMs(), fetch, local: true })

/** The name of what the other program throws. */
async function elsewhere(text: string, words: string): Promise<string> {
  try {
    await new SHLViewer({ shlinkURI: text }).resolveSHL({ recipient: 'Mallory', passcode: words })
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

/** With one bit of the ciphertext flipped (RFC 7516 7.1: the fourth part). */
function damaged(file: ServedFile): ServedFile {
  const parts = file.jwe.split('.').map((part, i) => {
    return i === 3 ? encodeBase64Url(flipped(decodeBase64Url(part))) : part
  })
  return { ...file, jwe: parts.join('.') }
}

async function endLink(stage: Stage, { io }: World, server: LinkServer, handed: Handed): Promise<void> {
  const { text, served } = handed
  await server.store.putLink(served)
  await server.store.endLink(served.id, io.clock.nowMs())
  stage.note('The patient ends the link. Whoever opened it before keeps what they have')
  await stage.attack('the link after its end', 'shl/not-active', () => opener(io)(text))
  stage.answer(`the same, for ${other}`, 'SHLManifestNotFoundError', await elsewhere(text, passcode))
}
