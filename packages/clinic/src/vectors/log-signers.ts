/** Runner of vectors/own/log-signers-v1.json: what the signers of a log are given, hand on and sign. */
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { joinParts, type SigningShare } from '@chartseal/core/frost'
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { agree, type CaseRunner, Disagreement, lateRefusalOf } from '@chartseal/core/vectors'
import { ed25519Signer, openNote, parseNote } from '@chartseal/tlog'
import { checkpointBy, formatSignerGroup, parseSignerGroup } from '@chartseal/tlog/threshold'
import { groupAfter, joinHandedOn, parseHandOn } from '../fs/log-hand-on.js'
import { groupMade, judgeComplaint, parseBeginnings, parseDeals, partFrom } from '../fs/log-making.js'
import { openShare } from '../fs/log-officers.js'
import { type GivenText, groupWords, hashOf, parseGroup, parseTerms } from '../fs/log-terms.js'
import { keyWordList } from '../key-word-list.js'

function group(testCase: JsonObject): void {
  const read = parseSignerGroup(testCase.text('line'))
  agree('the line', formatSignerGroup(read), testCase.text('line'))
  agree('the origin', read.origin, testCase.text('origin'))
  agree('the key of the log', read.verifier.verifierKey, testCase.text('log'))
  agree('the threshold', read.key.threshold, testCase.count('threshold'))
  const given = testCase.texts('verifying_shares')
  agree('how many', read.key.count, given.length)
  given.forEach((share, i) => {
    agree(`share ${i + 1}`, encodeHex(read.key.verifyingShare(i + 1)), share)
  })
}

function share(testCase: JsonObject): void {
  using secret = new SecretBytes(testCase.hex('secret'))
  const held = openShare(testCase.text('text'), secret, 'file')
  agree('the group', formatSignerGroup(held.group), testCase.text('group'))
  agree('the signer', held.signer, testCase.count('signer'))
  agree('the share', held.share.reveal(), testCase.hex('share'))
}

function handOn(testCase: JsonObject): void {
  const files = testCase.texts('files').map(text => parseHandOn(text, 'file'))
  const joined = testCase.texts('secrets').map(one => {
    using secret = new SecretBytes(decodeHex(one))
    return joinHandedOn(files, secret)
  })
  agree('the group', formatSignerGroup(groupAfter(files)), testCase.text('group'))
  const shares = testCase.texts('shares')
  agree('how many', joined.length, shares.length)
  joined.forEach(({ held, signed }, i) => {
    agree('the number', held.signer, i + 1)
    agree(`share ${i + 1}`, encodeHex(held.share.reveal()), shares[i])
    agree('what they begin with', signed, testCase.text('begin'))
  })
}

/** The server asks as it asked then: those who answered say the same again. */
async function signature(testCase: JsonObject): Promise<void> {
  const read = parseSignerGroup(testCase.text('group'))
  using own = new SigningKey(testCase.hex('server_key'))
  const server = ed25519Signer(read.origin, own)
  const heard = { commit: testCase.texts('commitments'), sign: testCase.texts('answers') }
  const ways = Array.from({ length: read.key.count }, (_, i) => ({
    name: `${i + 1}`,
    async post(step: 'commit' | 'sign', body: string) {
      if (step === 'sign') agree('what is asked', body, testCase.text('request'))
      const answer = heard[step].find(line => line.startsWith(`${i + 1} `))
      if (answer === undefined) throw new Error('nothing answers')
      return { status: 200, body: answer }
    },
  }))
  const note = testCase.text('note')
  const text = testCase.text('checkpoint')
  agree('what is signed', openNote(note, [read.verifier]).text, text)
  const made = await checkpointBy({ group: read, server, ways }).signCheckpoint(text, 0, async () => [])
  const [given] = parseNote(note).signatures
  if (given === undefined) throw new Disagreement('there is no signature')
  agree('the signature', made, given.signature)
}

const given = (text: string): GivenText => ({ text, file: 'file' })

function terms(testCase: JsonObject): void {
  const read = parseTerms(given(testCase.text('text')))
  agree('the origin', read.origin, testCase.text('origin'))
  agree('the threshold', read.threshold, testCase.count('threshold'))
  agree('the officers', read.officers.map(({ name }) => name).join(), testCase.texts('names').join())
  agree('the hash', hashOf(testCase.text('text')), testCase.text('hash'))
}

function making(testCase: JsonObject): void {
  const agreed = parseTerms(given(testCase.text('terms')))
  const beginnings = parseBeginnings(agreed, testCase.texts('begun').map(given))
  const deals = parseDeals(agreed, beginnings, testCase.texts('dealt').map(given))
  const made = groupMade(agreed, beginnings)
  agree('the group', formatSignerGroup(made), testCase.text('group'))
  testCase.texts('secrets').forEach((one, i) => {
    using secret = new SecretBytes(decodeHex(one))
    const parts: SigningShare[] = []
    for (const [j, beginning] of beginnings.entries()) {
      const deal = deals[j]
      const part = deal === undefined ? null : partFrom(beginning, deal, i + 1, secret)
      if (part === null) throw new Disagreement(`officer ${j + 1} dealt a wrong part to ${i + 1}`)
      parts.push(part)
    }
    const own = joinParts(made.key, i + 1, parts)
    agree(`share ${i + 1}`, encodeHex(own.reveal()), testCase.texts('shares')[i])
  })
  const held = parseGroup(testCase.texts('groups').map(given))
  agree('what they signed', formatSignerGroup(held.group), formatSignerGroup(made))
  const words = [...testCase.hex('words_hash')].map(byte => keyWordList[byte] ?? '').join(' ')
  agree('the words', groupWords(held), words)
}

function complaint(testCase: JsonObject): void {
  const judged = judgeComplaint({
    terms: given(testCase.text('terms')),
    begun: testCase.texts('begun').map(given),
    dealt: given(testCase.text('dealt')),
    complaint: given(testCase.text('complaint')),
  })
  agree('who lied', judged.liar, testCase.text('liar'))
}

const shows: Readonly<Record<string, (testCase: JsonObject) => void | Promise<void>>> = {
  group,
  share,
  'hand-on': handOn,
  signature,
  terms,
  making,
  complaint,
}

export const logSigners: CaseRunner = async testCase => {
  const run = shows[testCase.text('shows')]
  if (run === undefined) throw new Error('internal: no case of this kind')
  if (!testCase.has('refused')) return run(testCase)
  agree('the refusal', await lateRefusalOf(() => run(testCase)), testCase.text('refused'))
}
