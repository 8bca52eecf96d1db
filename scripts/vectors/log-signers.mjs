/**
 * `node scripts/vectors/log-signers.mjs`: makes vectors/own/log-signers-v1.json again, from fixed keys and chance. With
 * `--check` it writes nothing, and fails unless the file holds just that.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  formatHandOn,
  groupAfter,
  joinHandedOn,
  parseHandOn,
} from '../../packages/clinic/dist/fs/log-hand-on.js'
import * as making from '../../packages/clinic/dist/fs/log-making.js'
import { officerKeyOf, sealingHalf, signAs } from '../../packages/clinic/dist/fs/log-officer-key.js'
import { sealShare } from '../../packages/clinic/dist/fs/log-officers.js'
import { judgeComplaint, parseTerms } from '../../packages/clinic/dist/fs/log-signer.js'
import { formatGroup, formatTerms, hashOf } from '../../packages/clinic/dist/fs/log-terms.js'
import { SigningKey } from '../../packages/core/dist/ed25519.js'
import { encodeBase64, encodeCbor, encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import {
  beginPart,
  dealShares,
  joinParts,
  SigningShare,
  sharesOfPart,
} from '../../packages/core/dist/frost.js'
import { sha256 } from '../../packages/core/dist/hkdf.js'
import { hpkeKeyPair, hpkeSeal, x25519Kem } from '../../packages/core/dist/hpke.js'
import { SecretBytes } from '../../packages/core/dist/keys.js'
import { memoryKeyValue } from '../../packages/core/dist/memory.js'
import { ed25519Signer, formatCheckpoint, formatNote, signNote } from '../../packages/tlog/dist/index.js'
import {
  checkpointBy,
  formatSignerGroup,
  openLogSigner,
  signerGroup,
} from '../../packages/tlog/dist/threshold.js'
import { root } from '../lib/workspace.mjs'
import { createChance } from './chance.mjs'
import { filled, flipped } from './changes.mjs'
import { freeze } from './frozen.mjs'

const { ed25519 } = createRequire(join(root, 'packages/core/package.json'))('@noble/curves/ed25519.js')
const chance = createChance('chartseal signers of a log')
const clock = { nowMs: () => 1_796_000_000_000 }
const origin = 'clinic.example/log'
const cases = []
const add = (shows, title, fields) => cases.push({ shows, title, ...fields })

const serverKey = new SigningKey(filled(32, 1))
const server = ed25519Signer(origin, serverKey)
const { group: key, shares } = dealShares({ threshold: 2, count: 3 }, chance)
const group = signerGroup(origin, key, server.verifierKey)
const line = formatSignerGroup(group)

// Who the signers are.

add('group', '2 of 3', {
  ...{ line, origin, log: group.verifier.verifierKey, threshold: 2 },
  verifying_shares: [1, 2, 3].map(n => encodeHex(key.verifyingShare(n))),
})
const refusedGroup = (title, change) =>
  add('group', title, { line: JSON.stringify(change(JSON.parse(line))), refused: 'log-signer/bad-group' })
refusedGroup('another version', map => ({ ...map, v: 2 }))
refusedGroup('a field too many', map => ({ ...map, more: 1 }))
refusedGroup('1 of 3', map => ({ ...map, commitments: map.commitments.slice(0, 1) }))
refusedGroup('2 of 1', map => ({ ...map, signers: 1 }))
refusedGroup('2 of 33', map => ({ ...map, signers: 33 }))
refusedGroup('a commitment that is no point', map => ({
  ...map,
  commitments: [map.commitments[0], `02${'00'.repeat(31)}`],
}))
refusedGroup('a commitment of small order', map => ({
  ...map,
  commitments: [map.commitments[0], `ec${'ff'.repeat(30)}7f`],
}))
refusedGroup('a commitment in capitals', map => ({
  ...map,
  commitments: map.commitments.map(one => one.toUpperCase()),
}))
refusedGroup('the key of another log', map => ({
  ...map,
  server: ed25519Signer('other.example/log', serverKey).verifierKey,
}))
refusedGroup("the server's key is that of the log", map => ({ ...map, server: group.verifier.verifierKey }))
add('group', 'fields in another order', {
  line: line.replace(/^\{"v":1,(.*)\}$/, '{$1,"v":1}'),
  refused: 'log-signer/bad-group',
})
add('group', 'blanks', { line: line.replace(',', ', '), refused: 'log-signer/bad-group' })

// What an officer is given.

const officers = [1, 2, 3, 4].map(n => {
  const secret = new SecretBytes(filled(32, 10 + n))
  return { name: `officer-${n}`, secret, key: officerKeyOf(secret), url: `https://${n}.example` }
})
const secretOf = n => encodeHex(officers[n].secret.reveal())
const shareFor = (signer, to) =>
  sealShare({ group, signer, share: shares[signer - 1] }, officers[to].key, chance)
const given = shareFor(2, 1)
const inShare = { secret: secretOf(1), group: line, signer: 2, share: encodeHex(shares[1].reveal()) }
add('share', 'the share of signer 2', { text: given, ...inShare })
add('share', 'as a mail programme may leave it', {
  text: `\ufeff${given.replaceAll('\n', '\r\n')}`,
  ...inShare,
})
const refusedShare = (title, text, secret = secretOf(1)) =>
  add('share', title, { text, secret, refused: 'log-officer/bad-share' })
refusedShare('for another officer', given, secretOf(0))
refusedShare('another label', given.replace('share/v1', 'share/v2'))
refusedShare('a line too many', `${given}more\n`)
refusedShare('one character less', `${given.trimEnd().slice(0, -1)}\n`)
const sealedAs = bytes => {
  const label = 'chartseal/log-share/v1'
  const { enc, ct } = hpkeSeal(x25519Kem, sealingHalf(officers[1].key), encodeUtf8(label), bytes, chance)
  return `${label}\n${encodeBase64(Buffer.concat([enc, ct]))}\n`
}
const inside = change =>
  sealedAs(encodeCbor({ v: 1, signer: 2, share: shares[1].reveal(), group: line, ...change }))
refusedShare('the share of another signer', inside({ signer: 1 }))
refusedShare('a signer that there is not', inside({ signer: 4 }))
refusedShare('a share that was changed', inside({ share: flipped(shares[1].reveal(), 0) }))
refusedShare('a scalar above the order', inside({ share: filled(32, 0xff) }))
refusedShare('another group', inside({ group: line.replace('"signers":3', '"signers":2,') }))

// One signature.

const checkpoint = formatCheckpoint({ origin, size: 5, root: filled(32, 8), extensions: [] })
const signers = await Promise.all(
  shares.map((share, i) =>
    openLogSigner({
      group,
      signer: i + 1,
      share,
      store: memoryKeyValue(),
      isNew: true,
      clock,
      random: chance,
    }),
  ),
)
const heard = { commit: [], sign: [], request: '' }
const ways = signers.map((signer, i) => ({
  name: `${i + 1}`,
  post: async (step, body) => {
    // The second is away.
    if (i === 1) throw new Error('nothing answers')
    const answer = await signer[step](body)
    heard[step][i] = answer.body
    if (step === 'sign') heard.request = body
    return answer
  },
}))
const { name, keyId } = group.verifier
const signature = await checkpointBy({ group, server, ways }).signCheckpoint(checkpoint, 0, async () => [])
const note = formatNote(checkpoint, [{ name, keyId, signature }])
add('signature', 'signers 1 and 3, while 2 is away', {
  ...{ group: line, server_key: encodeHex(serverKey.reveal()), checkpoint },
  ...{ commitments: heard.commit.filter(one => one !== undefined), request: heard.request },
  ...{ answers: heard.sign.filter(one => one !== undefined), note },
})

// Handing on: signers 1 and 3 to three others.

const signedBy = (size, by, log = origin) =>
  signNote(formatCheckpoint({ origin: log, size, root: filled(32, size), extensions: [] }), [by])
const from = [1, 3]
const handed = (signer, signed, more = {}) =>
  formatHandOn(
    {
      held: { group, signer, share: shares[signer - 1] },
      ...{ from, threshold: 2, officers: officers.slice(0, 3), signed },
      ...more,
    },
    chance,
  )
const newest = signedBy(5, server)
const files = [handed(1, newest), handed(3, newest)]
function handOn(title, texts) {
  const read = texts.map(text => parseHandOn(text, 'file'))
  const joined = officers.slice(0, 3).map(({ secret }) => joinHandedOn(read, secret))
  add('hand-on', title, {
    ...{ files: texts, secrets: [0, 1, 2].map(secretOf), group: formatSignerGroup(groupAfter(read)) },
    shares: joined.map(({ held }) => encodeHex(held.share.reveal())),
    begin: joined[0].signed,
  })
}
handOn('both signed the same', files)
handOn('nobody signed anything', [handed(1, ''), handed(3, '')])
const logKey = { ...server, ...ed25519Signer(origin, new SigningKey(filled(32, 2))) }
const change = (text, edit) => {
  const [label, json] = text.split('\n')
  return `${label}\n${JSON.stringify(edit(JSON.parse(json)))}\n`
}
// `note` is signed by the key of the log itself.
handOn('one signed a newer one, which the log published', [handed(1, newest), handed(3, note)].toReversed())
const refusedHandOn = (title, texts, secret = secretOf(0)) =>
  add('hand-on', title, { files: texts, secrets: [secret], refused: 'log-officer/bad-hand-on' })
refusedHandOn('one file alone', files.slice(0, 1))
refusedHandOn('one file twice', [files[0], files[0]])
refusedHandOn('for nobody who is here', files, secretOf(3))
refusedHandOn('a newer checkpoint of one alone', [files[0], handed(3, signedBy(6, server))])
refusedHandOn('two histories', [
  files[0],
  handed(3, signNote(formatCheckpoint({ origin, size: 5, root: filled(32, 9), extensions: [] }), [server])),
])
refusedHandOn('a checkpoint that a stranger signed', [
  files[0],
  change(files[1], map => ({ ...map, signed: signedBy(5, logKey) })),
])
refusedHandOn('to so many others', [files[0], handed(3, newest, { threshold: 3 })])
refusedHandOn('not of the same signers', [files[0], change(files[1], map => ({ ...map, from: [2, 3] }))])
refusedHandOn('another label', [files[0], files[1].replace('hand-on/v1', 'hand-on/v2')])
refusedHandOn('another version', [files[0], change(files[1], map => ({ ...map, v: 2 }))])
refusedHandOn('a part that was changed', [
  files[0],
  change(files[1], map => ({
    ...map,
    parts: map.parts.map(part => encodeBase64(flipped(Uint8Array.from(Buffer.from(part, 'base64')), 40))),
  })),
])
refusedHandOn('the part of another officer', [
  files[0],
  change(files[1], map => ({ ...map, parts: map.parts.toReversed() })),
])
refusedHandOn('too few parts', [files[0], change(files[1], map => ({ ...map, parts: [] }))])
refusedHandOn('another key', [
  files[0],
  handed(3, newest, { held: { group, signer: 3, share: new SigningShare(filled(32, 3)) } }),
])
/** A polynomial that begins rightly and is 0 at 2, with the parts that belong to it. */
function withZero(text) {
  const { Point } = ed25519
  const order = Point.Fn.ORDER
  const modulo = value => ((value % order) + order) % order
  const scalar = bytes => BigInt(`0x${encodeHex(bytes.toReversed())}`)
  // The weight of 3 beside 1 (RFC 9591 4.2) is 1 / (1 - 3).
  const first = modulo(scalar(shares[2].reveal()) * Point.Fn.inv(modulo(-2n)))
  const slope = modulo(-first * Point.Fn.inv(2n))
  const label = 'chartseal/log-hand-on/v1'
  const parts = [1n, 2n, 3n].map((x, i) => {
    const part = Point.Fn.toBytes(modulo(first + slope * x))
    const { enc, ct } = hpkeSeal(x25519Kem, sealingHalf(officers[i].key), encodeUtf8(label), part, chance)
    return encodeBase64(Buffer.concat([enc, ct]))
  })
  const commitments = [first, slope].map(one => Point.BASE.multiply(one).toHex())
  return change(text, map => ({ ...map, parts, commitments }))
}
refusedHandOn('nothing for one of the officers', [files[0], withZero(files[1])])
refusedHandOn('nothing for the officer who reads', [files[0], withZero(files[1])], secretOf(1))
refusedHandOn('another polynomial than its parts', [
  files[0],
  change(files[1], map => ({ ...map, commitments: [map.commitments[0], map.commitments[0]] })),
])

refusedHandOn('other officers', [
  files[0],
  change(files[1], map => ({ ...map, officers: map.officers.map(one => `${one}/moved`) })),
])

// Making the key: what three officers say, and what each has of it.

const makers = officers.slice(0, 3)
const agreed = { origin, threshold: 2, officers: makers, server: server.verifierKey }
const termsText = formatTerms(agreed)
const as = (text, file = 'file') => ({ text, file })
const terms = parseTerms(as(termsText))
add('terms', '2 of 3', {
  ...{ text: termsText, origin, threshold: 2, names: makers.map(({ name }) => name) },
  hash: hashOf(termsText),
})
const refusedTerms = (title, edit) =>
  add('terms', title, { text: change(termsText, edit), refused: 'log-officer/bad-making' })
refusedTerms('another version', map => ({ ...map, v: 2 }))
refusedTerms('a field too many', map => ({ ...map, more: 1 }))
refusedTerms('a server of another log', map => ({ ...map, origin: 'other.example/log' }))
add('terms', 'half of them', {
  text: change(termsText, map => ({ ...map, threshold: 1 })),
  refused: 'log-officer/bad-threshold',
})

const of = { threshold: 2, count: 3 }
const begunWith = makers.map((_, i) => ({
  ...beginPart(of, i + 1, chance),
  own: hpkeKeyPair(x25519Kem, chance),
}))
const said = (n, text) => signAs(makers[n].name, makers[n].secret, text)
const begun = begunWith.map(({ part, own }, i) => said(i, making.formatBeginning(terms, part, own.publicKey)))
const beginnings = making.parseBeginnings(
  terms,
  begun.map(text => as(text)),
)
const sharesBy = begunWith.map(({ secret }) => sharesOfPart(3, secret))
const dealt = sharesBy.map((parts, i) => said(i, making.formatDeal(terms, i + 1, beginnings, parts, chance)))
const madeGroup = making.groupMade(terms, beginnings)
const groupText = formatGroup({ group: madeGroup, officers: makers })
add('making', '2 of 3', {
  ...{ terms: termsText, begun, dealt, secrets: begunWith.map(({ own }) => encodeHex(own.secret.reveal())) },
  shares: makers.map((_, i) =>
    encodeHex(
      joinParts(
        madeGroup.key,
        i + 1,
        sharesBy.map(parts => parts[i]),
      ).reveal(),
    ),
  ),
  groups: makers.map((_, i) => said(i, groupText)),
  group: formatSignerGroup(madeGroup),
  words_hash: encodeHex(
    sha256(Buffer.concat([encodeUtf8('chartseal/log-group-words/v1\0'), encodeUtf8(groupText)])).subarray(
      0,
      20,
    ),
  ),
})
const again = (n, note, edit, by = n) => said(by, change(note.slice(0, note.indexOf('\n\n') + 1), edit))
const refusedMaking = (title, files) =>
  add('making', title, {
    ...{
      terms: termsText,
      begun,
      dealt,
      secrets: begunWith.map(({ own }) => encodeHex(own.secret.reveal())),
    },
    ...files,
    refused: 'log-officer/bad-making',
  })
const third = edit => [...begun.slice(0, 2), again(2, begun[2], edit)]
refusedMaking('a beginning too few', { begun: begun.slice(1) })
refusedMaking('a beginning twice', { begun: [begun[0], begun[0], begun[2]] })
refusedMaking('a beginning that another officer signed', {
  begun: [...begun.slice(0, 2), again(2, begun[2], map => map, 1)],
})
refusedMaking('a beginning of other terms', { begun: third(map => ({ ...map, terms: hashOf('other') })) })
const { commitments, proof } = beginnings[0].part
refusedMaking('a proof of another number', {
  begun: third(map => ({ ...map, commitments: commitments.map(encodeHex), proof: encodeHex(proof) })),
})
refusedMaking('a proof that was changed', {
  begun: third(map => ({ ...map, proof: encodeHex(flipped(beginnings[2].part.proof, 40)) })),
})
refusedMaking('three commitments', {
  begun: third(map => ({ ...map, commitments: [...map.commitments, map.commitments[0]] })),
})
refusedMaking('a deal for another beginning', {
  dealt: [...dealt.slice(0, 2), again(2, dealt[2], map => ({ ...map, begun: map.begun.toReversed() }))],
})
refusedMaking('a deal too few', { dealt: dealt.slice(1) })
refusedMaking('too few parts', {
  dealt: [...dealt.slice(0, 2), again(2, dealt[2], map => ({ ...map, parts: map.parts.slice(1) }))],
})

const wrong = again(1, dealt[1], map => ({ ...map, parts: [map.parts[2], map.parts[1], map.parts[0]] }))
const hashes = beginnings.map(({ hash }) => hash)
const complaintOf = (dealer, secret = begunWith[0].own.secret) =>
  said(0, making.formatComplaint(terms, { signer: 1, begun: hashes, dealer, secret: secret.reveal() }))
function complained(title, deal, complaint) {
  const read = {
    terms: as(termsText),
    begun: begun.map(text => as(text)),
    dealt: as(deal),
    complaint: as(complaint),
  }
  add('complaint', title, {
    terms: termsText,
    begun,
    dealt: deal,
    complaint,
    liar: judgeComplaint(read).liar,
  })
}
complained('of a wrong part', wrong, complaintOf(2))
complained('of a right part', dealt[1], complaintOf(2))
complained('with another key', wrong, complaintOf(2, makers[0].secret))
const refusedComplaint = (title, deal, complaint) =>
  add('complaint', title, {
    terms: termsText,
    begun,
    dealt: deal,
    complaint,
    refused: 'log-officer/bad-making',
  })
refusedComplaint('of somebody else', wrong, complaintOf(3))
refusedComplaint(
  'of other beginnings',
  wrong,
  again(0, complaintOf(2), map => ({ ...map, begun: map.begun.toReversed() })),
)

freeze(
  'log-signers-v1',
  'signers of a log, docs/spec/log-signers.md; node scripts/vectors/log-signers.mjs makes it again',
  cases,
)
