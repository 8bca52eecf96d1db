import { createHash, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ask, type Reply } from './client.js'

const key = '11'.repeat(32)
const binding = { patient_id: 'PAT-1', thread: 't', sender: 's', recipient: 'r' }

describe('interop, messages of version 2', () => {
  const sealing = {
    ...{ op: 'v2-message-seal', key, kid: 'ab'.repeat(8), counter: '7', ...binding },
    ...{ media_type: 'text/plain', content: '00ff', sent_at: 5 },
  }

  it('seals, opens and inspects', async () => {
    const { message } = await ask({ ...sealing, file_name: 'a.txt' })
    expect(await ask({ op: 'v2-message-open', key, message, ...binding })).toEqual({
      ...{ ok: true, kid: 'ab'.repeat(8), counter: '7' },
      ...{ media_type: 'text/plain', content: '00ff', sent_at: 5, file_name: 'a.txt' },
    })
    const other = { op: 'v2-message-open', key, message, ...binding, patient_id: 'PAT-2' }
    expect(await ask(other)).toEqual({ ok: false, code: 'open/failed' })
    expect(await ask({ op: 'v2-message-inspect', message })).toEqual({
      ...{ ok: true, refusal: null, version: 2, kid: 'ab'.repeat(8), counter: '7', padded_bytes: 256 },
    })
  })

  it('splits and joins', async () => {
    const { message, parts } = await ask({ ...sealing, content: '00'.repeat(900), max_characters: 500 })
    const opened = await ask({ op: 'v2-message-open', key, parts, ...binding })
    expect(opened).toMatchObject({ ok: true, content: '00'.repeat(900) })
    expect(await ask({ op: 'v2-message-open', key, message, ...binding })).toEqual(opened)
    const part = Array.isArray(parts) ? `${parts[0]}` : ''
    expect(await ask({ op: 'v2-message-inspect', message: part })).toMatchObject({ refusal: null, part: 1 })
  })

  it('inspects version 1 and what is neither', async () => {
    const { wire } = await ask({ op: 'encrypt', key, plaintext: 'x', patient_id: 'P' })
    const told = { ok: true, refusal: null, version: 1, patient_id: 'P', plaintext_bytes: 1 }
    expect(await ask({ op: 'v2-message-inspect', message: wire })).toEqual(told)
    const refusal = 'message/malformed'
    expect(await ask({ op: 'v2-message-inspect', message: 'x' })).toEqual({ ok: true, refusal })
  })
})

describe('interop, shares of version 2', () => {
  const split = { op: 'v2-shares-split', secret: '00ff', threshold: 2, num_shares: 3 }
  const shareAt = (reply: Reply, at: number): string => {
    const { shares } = reply
    return Array.isArray(shares) ? `${shares[at]}` : ''
  }

  it('splits, verifies and combines', async () => {
    const made = await ask({ ...split, label: 'kit' })
    const { root, set_id } = made
    const verify = { op: 'v2-shares-verify', share: shareAt(made, 2), root }
    expect(await ask(verify)).toEqual({
      ok: true,
      set_id,
      root,
      threshold: 2,
      num_shares: 3,
      x: 3,
      label: 'kit',
    })
    const shares = [shareAt(made, 0), shareAt(made, 2)]
    const used = { used: [1, 3], damaged: [], strangers: [] }
    expect(await ask({ op: 'v2-shares-combine', shares })).toEqual({
      ok: true,
      secret: '00ff',
      set_id,
      root,
      ...used,
    })
  })

  it('asks for the root where shares of two sets are given, names strangers, and refuses by code', async () => {
    const [made, other] = [await ask(split), await ask(split)]
    const shares = [shareAt(made, 0), shareAt(made, 1), shareAt(other, 1)]
    const strangers = [{ set_id: other['set_id'], x: 2 }]
    const combine = { op: 'v2-shares-combine', shares }
    expect(await ask(combine)).toEqual({ ok: false, code: 'shamir/mixed-sets' })
    expect(await ask({ ...combine, root: made['root'] })).toMatchObject({ secret: '00ff', strangers })
    expect(await ask({ ...combine, root: other['root'] })).toEqual({
      ok: false,
      code: 'shamir/too-few-shares',
    })
    const foreign = { op: 'v2-shares-verify', share: shares[0], root: other['root'] }
    expect(await ask(foreign)).toEqual({ ok: false, code: 'shamir/unknown-root' })
    const text = { op: 'v2-shares-verify', share: 'chartshare1qqq' }
    expect(await ask(text)).toEqual({ ok: false, code: 'shamir/invalid-share' })
  })
})

describe('interop, keys of an epoch', () => {
  const hkdf = (ikm: Buffer, label: string, ...parts: readonly Buffer[]): Buffer =>
    Buffer.from(hkdfSync('sha256', ikm, '', Buffer.concat([Buffer.from(label), ...parts]), 32))
  const u32 = (value: number): Buffer => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')

  it('are what the page says, with the cryptography of node:crypto', async () => {
    const chain = Buffer.alloc(32, 9)
    const signer = Buffer.alloc(32, 3)
    const next = hkdf(hkdf(chain, 'chartseal/next-epoch/v2', u32(679)), 'chartseal/next-epoch/v2', u32(680))
    const sender = Buffer.concat([createHash('sha256').update(signer).digest(), Buffer.from('0005', 'hex')])
    const expected = hkdf(next, 'chartseal/epoch-key/v2', u32(680), sender)
    const kid = hkdf(expected, 'chartseal/kid/v2').subarray(0, 8)
    const request = {
      op: 'v2-epoch-key',
      chain: chain.toString('hex'),
      from_epoch: 678,
      epoch: 680,
      device: 5,
    }
    expect(await ask({ ...request, signing_key: signer.toString('hex') })).toEqual({
      ...{ ok: true, key: expected.toString('hex'), kid: kid.toString('hex'), chain: next.toString('hex') },
    })
    const back = { ...request, epoch: 677, signing_key: signer.toString('hex') }
    expect(await ask(back)).toEqual({ ok: false, code: 'interop/invalid-request' })
  })
})

describe('interop, what core has', () => {
  it('seals in chunks and opens, repeatably for vectors', async () => {
    const sealing = { op: 'v2-chunked-seal', key, plaintext: '0102', context: 'aa', salt: '00'.repeat(24) }
    const { sealed } = await ask(sealing)
    expect(await ask(sealing)).toEqual({ ok: true, sealed })
    const { salt: _, ...fresh } = sealing
    expect(await ask(fresh)).not.toEqual({ ok: true, sealed })
    const opening = { op: 'v2-chunked-open', key, sealed, context: 'aa' }
    expect(await ask(opening)).toEqual({ ok: true, plaintext: '0102' })
    expect(await ask({ ...opening, context: '' })).toEqual({ ok: false, code: 'open/failed' })
    expect(await ask({ ...sealing, salt: '00' })).toEqual({ ok: false, code: 'interop/invalid-request' })
  })

  it('makes and verifies proofs of trees', async () => {
    const leaves = ['', '00', '0102', '03', '04']
    const { root } = await ask({ op: 'v2-merkle-root', leaves })
    const { ok, ...inclusion } = await ask({ op: 'v2-merkle-inclusion', leaves, index: 2 })
    expect([ok, inclusion['root'], inclusion['size']]).toEqual([true, root, 5])
    const claim = { op: 'v2-merkle-inclusion-verify', index: 2, ...inclusion }
    expect(await ask(claim)).toEqual({ ok: true, verdict: true })
    expect(await ask({ ...claim, index: 3 })).toEqual({ ok: true, verdict: false })
    const { ok: grew, ...growth } = await ask({ op: 'v2-merkle-consistency', leaves, older: 3 })
    expect([grew, growth['new_root'], growth['newer']]).toEqual([true, root, 5])
    const grown = { op: 'v2-merkle-consistency-verify', older: 3, ...growth }
    expect(await ask(grown)).toEqual({ ok: true, verdict: true })
    expect(await ask({ ...grown, older: 4 })).toEqual({ ok: true, verdict: false })
    expect(await ask({ op: 'v2-merkle-inclusion', leaves, index: 5 })).toEqual({
      ...{ ok: false, code: 'interop/invalid-request' },
    })
  })
})
