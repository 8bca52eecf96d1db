import { createPublicKey, verify as nodeVerify } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { verify } from '@chartseal/core/ed25519'
import { decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import {
  aggregateShares,
  beginPart,
  commitNonces,
  dealShares,
  FrostGroup,
  type FrostSession,
  groupHandedOn,
  groupOfParts,
  handOn,
  isFrostPoint,
  isRightPart,
  isRightShare,
  joinParts,
  type KeyPart,
  type NonceCommitment,
  type Nonces,
  type SignatureShare,
  SigningShare,
  sharesOfPart,
  signShare,
} from '@chartseal/core/frost'
import { systemRandom } from '@chartseal/core/system'
import { ed25519, ed25519_FROST } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

/** RFC 9591 E.1, FROST(Ed25519, SHA-512): 2 of 3, signers 1 and 3. */
const rfc = {
  publicKey: '15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673',
  message: '74657374',
  signers: [
    {
      signer: 1,
      share: '929dcc590407aae7d388761cddb0c0db6f5627aea8e217f4a033f2ec83d93509',
      randomness:
        '0fd2e39e111cdc266f6c0f4d0fd45c947761f1f5d3cb583dfcb9bbaf8d4c9fec' +
        '69cd85f631d5f7f2721ed5e40519b1366f340a87c2f6856363dbdcda348a7501',
      hiding: 'b5aa8ab305882a6fc69cbee9327e5a45e54c08af61ae77cb8207be3d2ce13de3',
      binding: '67e98ab55aa310c3120418e5050c9cf76cf387cb20ac9e4b6fdb6f82a469f932',
      signatureShare: '001719ab5a53ee1a12095cd088fd149702c0720ce5fd2f29dbecf24b7281b603',
    },
    {
      signer: 3,
      share: 'd3cb090a075eb154e82fdb4b3cb507f110040905468bb9c46da8bdea643a9a02',
      randomness:
        '86d64a260059e495d0fb4fcc17ea3da7452391baa494d4b00321098ed2a0062f' +
        '13e6b25afb2eba51716a9a7d44130c0dbae0004a9ef8d7b5550c8a0e07c61775',
      hiding: 'cfbdb165bd8aad6eb79deb8d287bcc0ab6658ae57fdcc98ed12c0669e90aec91',
      binding: '7487bc41a6e712eea2f2af24681b58b1cf1da278ea11fe4e8b78398965f13552',
      signatureShare: 'bd86125de990acc5e1f13781d8e32c03a9bbd4c53539bbc106058bfd14326007',
    },
  ],
  signature:
    '36282629c383bb820a88b71cae937d41f2f2adfcc3d02e55507e2fb9e2dd3cbe' +
    'bd9d2b0844e49ae0f3fa935161e1419aab7b47d21a37ebeae1f17d4987b3160b',
}

/** Gives these bytes once, in order. */
function fixed(hex: string): { bytes(sizeBytes: number): Uint8Array } {
  let rest = decodeHex(hex)
  return {
    bytes(sizeBytes) {
      const next = rest.slice(0, sizeBytes)
      rest = rest.slice(sizeBytes)
      return next
    },
  }
}

/** The second coefficient of the polynomial, which the RFC has as a scalar. */
const coefficient = '178199860edd8c62f5212ee91eff1295d0d670ab4ed4506866bae57e7030b204'
const scalarOf = (hex: string): bigint => BigInt(`0x${encodeHex(decodeHex(hex).reverse())}`)

interface Signing extends FrostSession {
  readonly shares: readonly SignatureShare[]
}

const message = encodeUtf8('clinic.example/log\n7\nroot\n')

function signedBy(
  { group, shares }: ReturnType<typeof dealShares>,
  signers: readonly number[],
  text = message,
): Signing {
  const all: readonly Nonces[] = signers.map(signer =>
    commitNonces(signer, shareOf(shares, signer), systemRandom),
  )
  const session = { group, commitments: all.map(({ commitment }) => commitment), message: text }
  return {
    ...session,
    shares: all.map(nonces => {
      const { signer } = nonces.commitment
      return signShare({ ...session, signer, share: shareOf(shares, signer), nonces })
    }),
  }
}

function shareOf(shares: readonly SigningShare[], signer: number): SigningShare {
  const share = shares[signer - 1]
  if (share === undefined) throw new Error('no such signer')
  return share
}

const dealt = dealShares({ threshold: 2, count: 3 }, systemRandom)

describe('FROST(Ed25519, SHA-512)', () => {
  it('gives the commitments, shares and signature of RFC 9591 E.1', () => {
    const second = ed25519.Point.BASE.multiply(scalarOf(coefficient)).toBytes()
    const group = FrostGroup.of([decodeHex(rfc.publicKey), second], 3)
    const text = decodeHex(rfc.message)
    const all = rfc.signers.map(({ signer, share, randomness }) => {
      const own = new SigningShare(decodeHex(share))
      expect(group.holds(signer, own)).toBe(true)
      return { signer, share: own, nonces: commitNonces(signer, own, fixed(randomness)) }
    })
    const commitments = all.map(({ nonces }) => nonces.commitment)
    expect(commitments.map(({ hiding, binding }) => [encodeHex(hiding), encodeHex(binding)])).toEqual(
      rfc.signers.map(({ hiding, binding }) => [hiding, binding]),
    )
    const session = { group, commitments, message: text }
    const shares = all.map(one => signShare({ ...session, ...one }))
    expect(shares.map(({ share }) => encodeHex(share))).toEqual(rfc.signers.map(one => one.signatureShare))
    expect(encodeHex(aggregateShares(session, shares))).toBe(rfc.signature)
  })

  it('lets every threshold of any group sign what plain Ed25519 verifies, here and in OpenSSL', () => {
    const numbers = fc
      .integer({ min: 2, max: 5 })
      .chain(threshold => fc.tuple(fc.constant(threshold), fc.integer({ min: threshold, max: 6 })))
      .chain(([threshold, count]) =>
        fc.tuple(
          fc.constant({ threshold, count }),
          fc.subarray(
            Array.from({ length: count }, (_, i) => i + 1),
            { minLength: threshold },
          ),
        ),
      )
    const law = fc.property(numbers, fc.uint8Array({ maxLength: 100 }), ([of, signers], text) => {
      const fresh = dealShares(of, systemRandom)
      const { group, shares, ...session } = signedBy(fresh, signers, text)
      const signature = aggregateShares({ group, ...session }, shares)
      expect(verify(group.publicKey, text, signature)).toBe(true)
      const der = Buffer.from(concat(decodeHex('302a300506032b6570032100'), group.publicKey))
      const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
      expect(nodeVerify(null, text, key, signature)).toBe(true)
    })
    fc.assert(law, propertyRuns(8, 2))
  })

  it('reads the group again from its commitments, and knows whose share is whose', () => {
    const { group, shares } = dealt
    const again = FrostGroup.of(group.commitments, group.count)
    expect(again.publicKey).toEqual(group.publicKey)
    for (const signer of [1, 2, 3])
      expect([1, 2, 3, 4].map(one => again.holds(one, shareOf(shares, signer)))).toEqual(
        [1, 2, 3, 4].map(one => one === signer),
      )
  })

  it('spends nonces once, also where signing with them was refused', () => {
    const { group, shares } = dealt
    const own = shareOf(shares, 1)
    const [mine, other] = [
      commitNonces(1, own, systemRandom),
      commitNonces(2, shareOf(shares, 2), systemRandom),
    ]
    const session = { group, commitments: [mine.commitment, other.commitment], message }
    const options = { ...session, signer: 1, share: own, nonces: mine }
    signShare(options)
    expect(codeOf(() => signShare({ ...options, message: encodeUtf8('another') }))).toBe('frost/nonces-used')
    const refused = commitNonces(1, own, systemRandom)
    expect(codeOf(() => signShare({ ...options, nonces: refused }))).toBe('frost/bad-commitments')
    const right = { ...options, nonces: refused, commitments: [refused.commitment, other.commitment] }
    expect(codeOf(() => signShare(right))).toBe('frost/nonces-used')
    const wiped = commitNonces(1, own, systemRandom)
    wiped.wipe()
    expect(codeOf(() => signShare({ ...options, nonces: wiped }))).toBe('frost/nonces-used')
  })

  it('names the signer of a share that is wrong, missing, or of another message', () => {
    const { shares, ...session } = signedBy(dealt, [3, 1])
    const [third, first] = shares
    if (third === undefined || first === undefined) throw new Error('two have signed')
    const flipped = { ...first, share: first.share.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) }
    const lies: (readonly SignatureShare[])[] = [
      [third, flipped],
      [third],
      [third, { ...third, signer: 1 }],
      [third, { signer: 1, share: new Uint8Array(32).fill(0xff) }],
      [third, { signer: 1, share: new Uint8Array(31) }],
    ]
    for (const lie of lies) expect(codeOf(() => aggregateShares(session, lie))).toBe('frost/bad-share')
    expect(isRightShare({ ...session, message: encodeUtf8('another') }, first)).toBe(false)
    expect(isRightShare(session, { ...first, signer: 2 })).toBe(false)
    expect(verify(session.group.publicKey, message, aggregateShares(session, shares))).toBe(true)
  })

  it('takes no commitments that are too few, twice, foreign, or no points', () => {
    const { group } = dealt
    const { commitments, shares } = signedBy(dealt, [1, 2])
    const [one, two] = commitments
    if (one === undefined || two === undefined) throw new Error('two have committed')
    const lists: (readonly NonceCommitment[])[] = [
      [],
      [one],
      [one, one],
      [one, { ...two, signer: 4 }],
      [one, { ...two, signer: 0 }],
      [one, { ...two, hiding: new Uint8Array(32) }],
      [one, { ...two, binding: two.binding.slice(1) }],
    ]
    for (const list of lists) {
      const session = { group, commitments: list, message }
      expect(codeOf(() => aggregateShares(session, shares))).toBe('frost/bad-commitments')
      expect(isRightShare(session, { signer: 1, share: new Uint8Array(32) })).toBe(false)
    }
  })

  it('takes no group that a key was not shared with', () => {
    const [first, second] = dealt.group.commitments
    if (first === undefined || second === undefined) throw new Error('a threshold of two')
    const identity = Uint8Array.of(1, ...new Uint8Array(31))
    const order8 = decodeHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
    expect(
      [first, identity, order8, new Uint8Array(31), new Uint8Array(32).fill(0xff)].map(isFrostPoint),
    ).toEqual([true, false, false, false, false])
    // f(x) = s - s x: signer 1 has nothing, and everybody knows it.
    const opposite = ed25519.Point.fromBytes(first).negate().toBytes()
    const groups: [readonly Uint8Array[], number][] = [
      [[first], 3],
      [[], 3],
      [[first, second], 1],
      [[first, second], 33],
      [[first, second], 2.5],
      [[first, identity], 3],
      [[order8, second], 3],
      [[first, opposite], 3],
    ]
    for (const [commitments, count] of groups)
      expect(codeOf(() => FrostGroup.of(commitments, count))).toBe('frost/bad-group')
    for (const of of [
      { threshold: 1, count: 3 },
      { threshold: 4, count: 3 },
      { threshold: 2, count: 40 },
    ])
      expect(() => dealShares(of, systemRandom)).toThrow(RangeError)
  })

  it('prints no share, and does nothing with one that was wiped', () => {
    const { group, shares } = dealShares({ threshold: 2, count: 2 }, systemRandom)
    const [own] = shares
    if (own === undefined) throw new Error('two were dealt')
    expect(JSON.stringify({ own })).not.toContain(encodeHex(own.reveal()))
    own.wipe()
    expect(codeOf(() => commitNonces(1, own, systemRandom))).toBe('key/wiped')
    expect(codeOf(() => group.holds(1, own))).toBe('key/wiped')
  })
})

describe('a key that is handed on', () => {
  const from = [1, 3]
  const to = { threshold: 3, count: 4 }
  const { group, shares } = dealt
  const handed = from.map(signer =>
    handOn({ group, from, signer, share: shareOf(shares, signer) }, to, systemRandom),
  )
  const next = groupHandedOn({ group, from }, handed, to)
  const joined = (signer: number): SigningShare =>
    joinParts(
      next,
      signer,
      handed.map(({ parts }) => shareOf(parts, signer)),
    )

  it('is the same key, of which any threshold of the new signers make signatures', () => {
    expect(next.publicKey).toEqual(group.publicKey)
    const fresh = { group: next, shares: [1, 2, 3, 4].map(joined) }
    const session = signedBy(fresh, [4, 1, 2])
    expect(verify(group.publicKey, message, aggregateShares(session, session.shares))).toBe(true)
    expect(next.holds(2, shareOf(shares, 2))).toBe(false)
  })

  it('is handed on by a threshold of those who have it, who give what they have', () => {
    const [first, third] = handed
    if (first === undefined || third === undefined) throw new Error('two hand it on')
    const stranger = dealShares(to, systemRandom).group.commitments
    const [, ...rest] = first.commitments
    const lies = [
      [first],
      [first, { ...third, signer: 2 }],
      [first, { ...third, commitments: stranger }],
      [first, { ...third, commitments: third.commitments.slice(1) }],
      [first, { ...third, commitments: [...third.commitments, ...rest] }],
      [first, { ...first, signer: 3 }],
    ]
    for (const lie of lies)
      expect(codeOf(() => groupHandedOn({ group, from }, lie, to))).toBe('frost/bad-group')
    for (const few of [[1], [1, 1], [1, 4], [0, 1]])
      expect(codeOf(() => groupHandedOn({ group, from: few }, handed, to))).toBe('frost/bad-group')
    const own = { group, from, signer: 2, share: shareOf(shares, 2) }
    expect(codeOf(() => handOn(own, to, systemRandom))).toBe('frost/bad-group')
    expect(() => handOn({ ...own, signer: 1 }, { threshold: 5, count: 4 }, systemRandom)).toThrow(RangeError)
  })

  it('makes no share of parts that were changed, and says whose part is wrong', () => {
    const [first, third] = handed
    if (first === undefined || third === undefined) throw new Error('two hand it on')
    const parts = [shareOf(first.parts, 1), shareOf(third.parts, 2)]
    expect(codeOf(() => joinParts(next, 1, parts))).toBe('frost/bad-share')
    expect(codeOf(() => joinParts(next, 1, parts.slice(1)))).toBe('frost/bad-share')
    const polynomial = FrostGroup.of(third.commitments, to.count)
    expect([1, 2].map(signer => polynomial.holds(signer, shareOf(third.parts, 2)))).toEqual([false, true])
    expect(() => next.verifyingShare(5)).toThrow(RangeError)
  })
})

describe('a key that nobody ever had', () => {
  const of = { threshold: 3, count: 4 }
  const signers = [1, 2, 3, 4]
  const made = signers.map(signer => beginPart(of, signer, systemRandom))
  const parts = made.map(({ part }) => part)
  const dealt = made.map(({ secret }) => sharesOfPart(of.count, secret))
  const group = groupOfParts(of, parts)
  const joined = signers.map(signer =>
    joinParts(
      group,
      signer,
      dealt.map(shares => shareOf(shares, signer)),
    ),
  )

  it('signs as any other, by a threshold of those who made it', () => {
    const session = signedBy({ group, shares: joined }, [4, 2, 1])
    expect(verify(group.publicKey, message, aggregateShares(session, session.shares))).toBe(true)
  })

  it('is what the rounds of another implementation make of the same', () => {
    const { DKG, Identifier } = ed25519_FROST
    const id = Identifier.fromNumber
    const theirs = DKG.round1(id(4), { min: 3, max: 4 }, undefined)
    const { commitment: commitments, proofOfKnowledge: proof } = theirs.public
    const fourth = { signer: 4, commitments, proof }
    expect(isRightPart(of, fourth)).toBe(true)
    const others = parts.slice(0, 3)
    const announced = others.map(({ signer, commitments: all, proof: proofOfKnowledge }) => {
      return { identifier: id(signer), commitment: [...all], proofOfKnowledge }
    })
    const given = DKG.round2(theirs.secret, announced)
    const toThem = others.map(({ signer }, i) => ({
      identifier: id(signer),
      signingShare: Uint8Array.from(shareOf(dealt[i] ?? [], 4).reveal()),
    }))
    const key = DKG.round3(theirs.secret, announced, toThem)
    const ours = groupOfParts(of, [...others, fourth])
    expect(key.public.commitments.map(encodeHex)).toEqual(ours.commitments.map(encodeHex))
    const first = joinParts(ours, 1, [
      ...dealt.slice(0, 3).map(shares => shareOf(shares, 1)),
      new SigningShare(given[id(1)]?.signingShare ?? new Uint8Array()),
    ])
    expect(ours.holds(4, new SigningShare(key.secret.signingShare))).toBe(true)
    expect(ours.holds(1, first)).toBe(true)
  })

  it('is made of parts whose secret is known to who announces them, one of each', () => {
    const [first, second, third, fourth] = parts
    if (!first || !second || !third || !fourth) throw new Error('four were made')
    const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
      bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    // The key would be that of the second alone: what the first announces cancels all others.
    const rogue = ed25519.Point.fromBytes(second.commitments[0] ?? new Uint8Array())
      .subtract(ed25519.Point.fromBytes(group.publicKey))
      .toBytes()
    const lies: readonly (readonly KeyPart[])[] = [
      [second, third, fourth],
      [first, first, third, fourth],
      [...parts, first],
      [{ ...second, signer: 1 }, second, third, fourth],
      [{ ...first, proof: second.proof }, second, third, fourth],
      [{ ...first, proof: flipped(first.proof, 0) }, second, third, fourth],
      [{ ...first, proof: flipped(first.proof, 32) }, second, third, fourth],
      [{ ...first, proof: first.proof.map((byte, i) => (i < 32 ? byte : 255)) }, second, third, fourth],
      [{ ...first, proof: first.proof.slice(1) }, second, third, fourth],
      [{ ...first, commitments: first.commitments.slice(1) }, second, third, fourth],
      [{ ...first, commitments: [rogue, ...first.commitments.slice(1)] }, second, third, fourth],
      [{ ...first, commitments: [] }, second, third, fourth],
    ]
    for (const lie of lies) expect(codeOf(() => groupOfParts(of, lie))).toBe('frost/bad-group')
    expect(() => beginPart({ threshold: 5, count: 4 }, 1, systemRandom)).toThrow(RangeError)
    const { secret } = beginPart(of, 1, systemRandom)
    secret.wipe()
    expect(codeOf(() => sharesOfPart(4, secret))).toBe('key/wiped')
  })
})
