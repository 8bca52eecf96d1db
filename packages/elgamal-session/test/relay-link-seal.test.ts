import { openAt } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { hkdfSha256, hmacSha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { linkIdBytes, linkSealBytes, linkSubject, RelayKeys } from '@chartseal/elgamal-session/relay'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const relayKey = new Uint8Array(32).map((_, i) => i)
const conference = new Uint8Array(16).fill(0xc0)
const outer = new Uint8Array(16).fill(0x0a)
const home = new Uint8Array(16).fill(0x0b)
const asked = { outer, conference }
const keys = new RelayKeys(relayKey)
const stranger = new RelayKeys(new Uint8Array(32).fill(9))

/** As docs/spec/nats-link.md has it. */
const derived = (name: string, about: Uint8Array, size: number): Uint8Array =>
  hkdfSha256(relayKey, new Uint8Array(0), concat(encodeUtf8(`chartseal/relay-${name}/v1`), about), size)

const flips = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: 8 * bytes.length }, (_, bit) => {
    const changed = new Uint8Array(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return changed
  })

describe('the keys that servers and relays share', () => {
  it('give the bytes of the specification', () => {
    expect(keys.subject).toBe(`chartseal.home.${encodeHex(derived('home', new Uint8Array(0), 16))}`)
    expect(linkSubject(outer)).toBe(`chartseal.link.${'0a'.repeat(16)}`)
    const tag = hmacSha256(derived('answer', conference, 32), concat(Uint8Array.of(2), outer, home))
    expect(keys.answer(asked, home)).toEqual(concat(Uint8Array.of(2), home, tag))
    const both = derived('link', concat(conference, outer, home), 64)
    const { toHome, toOuter } = keys.sealsOf(asked, home)
    for (const [seal, key] of [[toHome, both.slice(0, 32)] as const, [toOuter, both.slice(32)] as const])
      for (const counter of [0n, 1n, 2n]) {
        const packet = Uint8Array.of(7, Number(counter))
        const sealed = seal.seal(packet)
        const head = sealed.subarray(0, 9)
        expect([head[0], new DataView(head.slice().buffer).getBigUint64(1)]).toEqual([3, counter])
        expect(openAt(new AeadKey(key), counter, sealed.subarray(9), head)).toEqual(packet)
        expect(sealed.length - packet.length).toBe(linkSealBytes)
      }
  })

  it('read what was asked and answered, and nothing that is changed, cut or of another key', () => {
    const question = keys.ask(asked, systemRandom)
    expect(keys.asked(question)).toEqual(asked)
    expect(keys.asked(keys.ask(asked, systemRandom))).toEqual(asked)
    const answer = keys.answer(asked, home)
    expect(keys.answered(asked, answer)).toEqual(home)
    for (const bad of [...flips(question), question.subarray(1), concat(question, Uint8Array.of(0)), answer])
      expect(keys.asked(bad)).toBeNull()
    for (const bad of [...flips(answer), answer.subarray(1), concat(answer, Uint8Array.of(0)), question])
      expect(keys.answered(asked, bad)).toBeNull()
    expect([stranger.asked(question), stranger.answered(asked, answer)]).toEqual([null, null])
    expect(keys.answered({ outer: home, conference }, answer)).toBeNull()
    expect(keys.answered({ outer, conference: home }, answer)).toBeNull()
  })

  it('ask in other bytes each time, in which the id of the conference does not show', () => {
    const questions = Array.from({ length: 50 }, () => encodeHex(keys.ask(asked, systemRandom)))
    expect(new Set(questions).size).toBe(50)
    for (const question of questions) expect(question).not.toContain(encodeHex(conference))
  })

  it('seal packets for one direction of one link', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), packet => {
        const { toHome, toOuter } = keys.sealsOf(asked, home)
        const sealed = toHome.seal(packet)
        expect(keys.sealsOf(asked, home).toHome.open(sealed)).toEqual(packet)
        expect(toOuter.open(sealed)).toBeNull()
        for (const bad of flips(sealed.subarray(0, 40)))
          expect(toHome.open(concat(bad, sealed.subarray(40)))).toBeNull()
        const others = [
          keys.sealsOf(asked, outer),
          keys.sealsOf({ outer: home, conference }, home),
          keys.sealsOf({ outer, conference: outer }, home),
          stranger.sealsOf(asked, home),
        ]
        for (const other of others) expect(other.toHome.open(sealed)).toBeNull()
      }),
      propertyRuns(20, 10),
    )
  })

  it('read nothing out of noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), noise => {
        const { toHome } = keys.sealsOf(asked, home)
        expect([keys.asked(noise), keys.answered(asked, noise), toHome.open(noise)]).toEqual([
          null,
          null,
          null,
        ])
      }),
      propertyRuns(300, 100),
    )
  })

  it('seal nothing more once they are wiped', () => {
    const { toHome } = keys.sealsOf(asked, home)
    toHome.wipe()
    expect(() => toHome.seal(new Uint8Array(3))).toThrow()
  })

  it('are numbered by 16 bytes', () => {
    expect(linkIdBytes).toBe(16)
  })
})
