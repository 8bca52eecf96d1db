/** What is said of CIDs that are refused, and of bytes that no setting tried here explains. */
import { unixfsAddressing } from '@chartseal/ipfs-envelope/unixfs'
import { openEnvelope, parsePackage, rawAddressing, sealEnvelope } from '@chartseal/ipfs-envelope/v1'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { changed, packageText, person, untouchable } from './people.js'

const alice = await person('alice')
const plaintext = new Uint8Array(700_000).map((_, i) => (i * i) >> 3)
const sealed = await sealEnvelope(plaintext, [alice.recipient], rawAddressing)
const { cid } = sealed.package

function reasonOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`
  }
}

describe('a CID that is refused', () => {
  it.each([
    ['a gateway URL', `https://ipfs.io/ipfs/${cid}`, /address or a path; give only the CID/],
    ['a native URL', `ipfs://${cid}`, /address or a path; give only the CID/],
    ['a path', `/ipfs/${cid}`, /address or a path; give only the CID/],
    ['base58btc', CID.parse(cid).toString(base58btc), new RegExp(`it is written as ${cid}`)],
    ['base36', CID.parse(cid).toString(base36), new RegExp(`it is written as ${cid}`)],
    ['spaces around it', `${cid}\n`, /spaces around it/],
    ['capitals', cid.toUpperCase(), /not a CID, or one in another alphabet/],
    ['no CID', 'scan.dcm', /not a CID/],
    // Working base58 out takes the square of its length.
    ['half a million letters of base58', `Qm${'a'.repeat(500_000)}`, /not a CID/],
    ['as many after the sign of base58', `z${'a'.repeat(500_000)}`, /not a CID/],
  ])('says what is wrong with a CID given as %s', (_, given, reason) => {
    const text = packageText(sealed.package, { cid: given })
    expect(reasonOf(() => parsePackage(text))).toMatch(reason)
  })
})

describe('bytes under the CID of a file', () => {
  const unknown = [
    { cidVersion: 1, rawLeaves: true, chunker: fixedSize({ chunkSize: 524_288 }) },
    { cidVersion: 1, rawLeaves: false, chunker: fixedSize({ chunkSize: 131_072 }) },
  ] as const

  it.each(unknown)('says that a CID may have been made under other settings (%#)', async settings => {
    const blocks = new MemoryBlockstore()
    let other = ''
    for await (const entry of importer([{ content: sealed.ciphertext }], blocks, settings)) {
      other = entry.cid.toString()
    }
    const envelope = changed(sealed, { cid: other })
    const opened = openEnvelope(envelope, sealed.ciphertext, untouchable, unixfsAddressing())
    await expect(opened).rejects.toMatchObject({
      code: 'envelope/cid-mismatch',
      message: expect.stringContaining('settings that are not tried here'),
    })
  })

  it('is certain about bytes of one raw block', async () => {
    const opened = openEnvelope(
      sealed.package,
      sealed.ciphertext.subarray(1),
      untouchable,
      unixfsAddressing(),
    )
    await expect(opened).rejects.toMatchObject({
      code: 'envelope/cid-mismatch',
      message: `The bytes are not those that ${cid} names.`,
    })
  })
})
