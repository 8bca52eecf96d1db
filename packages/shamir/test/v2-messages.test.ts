import { equal } from '@chartseal/core/bytes'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import {
  answerDrill,
  combineShares,
  dealOf,
  encodeDrillAnswer,
  encodeDrillChallenge,
  encodePendingShare,
  encodeRefreshDeal,
  encodeRefreshedSet,
  encodeRefreshReply,
  encodeShare,
  encodeShareSet,
  encodeZeroShare,
  finishRefresh,
  joinRefresh,
  type MessageKind,
  messageKind,
  messageKindNames,
  messageKinds,
  parseDrillAnswer,
  parseDrillChallenge,
  parsePendingShare,
  parseRefreshDeal,
  parseRefreshedSet,
  parseRefreshReply,
  parseShareSet,
  parseZeroShare,
  publishRefresh,
  respellMessage,
  splitSecret,
  startRefresh,
} from '@chartseal/shamir'
import { codeOf, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const secret = Uint8Array.of(1, 2, 3)
const shares = splitSecret(secret, { threshold: 2, numShares: 3, label: 'kit' })
const [share] = shares
if (share === undefined) throw new Error('internal: no share')
const challenge = new Uint8Array(16).fill(9)
const zeros = startRefresh(share, share.y.reveal().length)
const joined = shares.flatMap((one, i) => zeros.slice(i, i + 1).map(zero => joinRefresh(one, zero)))
const deal = dealOf(zeros)
const published = publishRefresh(
  deal,
  joined.map(({ reply }) => reply),
)
const [zero] = zeros
const [first] = joined
if (zero === undefined || first === undefined) throw new Error('internal: no share')
const { setId, threshold, numShares, root } = share

/** A message of each kind. */
const messages: { readonly [Kind in MessageKind]: Uint8Array } = {
  'share-set': encodeShareSet({ setId, threshold, numShares, root, sizeBytes: 35 }),
  'drill-challenge': encodeDrillChallenge({ root, challenge }),
  'drill-answer': encodeDrillAnswer(answerDrill(share, challenge)),
  'refresh-deal': encodeRefreshDeal(deal),
  'zero-share': encodeZeroShare(zero),
  'refresh-reply': encodeRefreshReply(first.reply),
  'pending-share': encodePendingShare(first.pending),
  'refreshed-set': encodeRefreshedSet(published),
}

describe.each(messageKindNames)('%s', kind => {
  const bytes = messages[kind]
  const parse = (other: Uint8Array): unknown => messageKinds[kind].decode(other)

  it(`reads a ${kind} back as it was`, () => {
    expect(respellMessage(kind, bytes)).toEqual(bytes)
    expect(messageKind(bytes)).toBe(kind)
  })

  it(`refuses a ${kind} when a field lacks, is added, or is of another type`, async () => {
    const fields: { readonly [key: string]: CborValue } = { ...Object(decodeCbor(bytes)) }
    for (const key of Object.keys(fields)) {
      const { [key]: _, ...others } = fields
      for (const changed of [
        others,
        { ...others, [key]: null },
        { ...others, [key]: {} },
        { ...fields, zz: 1 },
      ])
        expect(await codeOf(() => parse(encodeCbor(changed)))).toBe('shamir/invalid-message')
      if (typeof fields[key] !== 'number') continue
      for (const number of [-1, 2 ** 40])
        expect(await codeOf(() => parse(encodeCbor({ ...fields, [key]: number })))).toBe(
          'shamir/invalid-message',
        )
    }
  })

  it(`refuses a ${kind} in another spelling, with one byte more, and as another kind`, async () => {
    const others = messageKindNames.filter(other => other !== kind).map(other => messages[other])
    for (const wrong of [bytes.subarray(1), Uint8Array.of(...bytes, 0), encodeShare(share), ...others])
      expect(await codeOf(() => parse(wrong))).toBe('shamir/invalid-message')
  })

  it(`refuses random bytes as a ${kind} by name`, async () => {
    const law = fc.asyncProperty(hostileBytes(), async noise => {
      expect(await codeOf(() => parse(noise))).toBe('shamir/invalid-message')
    })
    await fc.assert(law, propertyRuns(30))
  })
})

it('refuses sizes and indexes that cannot be', async () => {
  const changed = (bytes: Uint8Array, part: { readonly [key: string]: CborValue }): Uint8Array =>
    encodeCbor({ ...Object(decodeCbor(bytes)), ...part })
  const set = encodeShareSet({ setId, threshold, numShares, root, sizeBytes: 35 })
  for (const part of [{ t: 1 }, { t: 4 }, { n: 1 }, { n: 256 }, { len: 32 }, { root: root.subarray(1) }])
    expect(await codeOf(() => parseShareSet(changed(set, part)))).toBe('shamir/invalid-message')
  for (const part of [{ x: 0 }, { x: 4 }, { z: new Uint8Array(32) }])
    expect(await codeOf(() => parseZeroShare(changed(encodeZeroShare(zero), part)))).toBe(
      'shamir/invalid-message',
    )
  for (const part of [{ label: 'x'.repeat(65) }, { salt: challenge.subarray(1) }])
    expect(await codeOf(() => parsePendingShare(changed(encodePendingShare(first.pending), part)))).toBe(
      'shamir/invalid-message',
    )
  const leaves = published.leaves.slice(1)
  const short = changed(encodeRefreshedSet(published), { leaves: [...leaves] })
  expect(await codeOf(() => parseRefreshedSet(short))).toBe('shamir/invalid-message')
  for (const size of [15, 65]) {
    const odd = encodeDrillChallenge({ root, challenge: new Uint8Array(size) })
    expect(await codeOf(() => parseDrillChallenge(odd))).toBe('shamir/invalid-message')
  }
})

it('reads each field back as it was written', () => {
  const answer = answerDrill(share, challenge)
  expect(parseDrillAnswer(encodeDrillAnswer(answer))).toEqual(answer)
  expect(parseShareSet(messages['share-set'])).toEqual({ setId, threshold, numShares, root, sizeBytes: 35 })
  expect(parseDrillChallenge(messages['drill-challenge'])).toEqual({ root, challenge })
  expect(parseRefreshDeal(messages['refresh-deal'])).toEqual(deal)
  expect(parseRefreshReply(messages['refresh-reply'])).toEqual(first.reply)
  expect(parseRefreshedSet(messages['refreshed-set'])).toEqual(published)
  expect(parseZeroShare(messages['zero-share']).z.reveal()).toEqual(zero.z.reveal())
  expect(parsePendingShare(messages['pending-share']).y.reveal()).toEqual(first.pending.y.reveal())
})

it('reads an answer of version 2, which has no proof', () => {
  const { proof: _, ...others } = { ...Object(decodeCbor(messages['drill-answer'])) }
  const ofVersion2 = encodeCbor({ ...others, v: 2 })
  expect(parseDrillAnswer(ofVersion2).proof).toBeNull()
  expect(respellMessage('drill-answer', ofVersion2)).toEqual(ofVersion2)
})

it('finds no kind in anything else', () => {
  const others = [new Uint8Array(), encodeCbor({ k: 'toString' }), encodeCbor(null), encodeShare(share)]
  for (const other of others) expect(messageKind(other)).toBeNull()
})

it('refuses too long messages before they are read', async () => {
  const huge = new Uint8Array(2 ** 26 + 2 ** 15)
  expect(messageKind(huge)).toBeNull()
  expect(await codeOf(() => parseZeroShare(huge))).toBe('shamir/invalid-message')
})

it('refreshes through messages alone', () => {
  const made = shares.flatMap((one, i) =>
    zeros.slice(i, i + 1).map(dealt => {
      const { pending, reply } = joinRefresh(one, parseZeroShare(encodeZeroShare(dealt)))
      return { pending: encodePendingShare(pending), reply: encodeRefreshReply(reply) }
    }),
  )
  const replies = made.map(({ reply }) => parseRefreshReply(reply))
  const set = encodeRefreshedSet(publishRefresh(parseRefreshDeal(encodeRefreshDeal(deal)), replies))
  const fresh = made.map(({ pending }) => finishRefresh(parsePendingShare(pending), parseRefreshedSet(set)))
  expect(equal(combineShares(fresh.slice(1)).secret, secret)).toBe(true)
})
