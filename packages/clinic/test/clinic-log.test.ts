import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeClinicLeaf } from '@chartseal/audit/access'
import { createLogKey, openClinicLog, readLogKey } from '@chartseal/clinic/fs/log'
import { systemRandom } from '@chartseal/core/system'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { parseProof } from '@chartseal/tlog'
import { describe, expect, it, onTestFinished } from 'vitest'

const origin = 'clinic.example/log'
const id = (byte: number): Uint8Array => new Uint8Array(16).fill(byte)

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function place(): Promise<{ folder: string; signingKey: string; verifierKey: string }> {
  const base = emptyFolder()
  const signingKey = join(base, 'keys/signing.key')
  return {
    folder: join(base, 'log'),
    signingKey,
    verifierKey: await createLogKey(signingKey, origin, systemRandom),
  }
}

describe('the key of a log', () => {
  it('is for its owner alone, and is not made twice', async () => {
    const { signingKey, verifierKey } = await place()
    expect(statSync(signingKey).mode & 0o777).toBe(0o600)
    expect(verifierKey).toMatch(/^clinic\.example\/log\+/)
    expect(await codeOf(() => createLogKey(signingKey, origin, systemRandom))).toBe('files/failed')
    using key = await readLogKey(signingKey)
    expect(readFileSync(signingKey, 'utf8')).toHaveLength(65)
    expect(key.reveal()).toHaveLength(32)
  })

  it('leaves nothing behind for a name that no log can have', async () => {
    const base = emptyFolder()
    expect(await codeOf(() => createLogKey(join(base, 'keys/signing.key'), 'a name', systemRandom))).toBe(
      'note/malformed',
    )
    expect(() => statSync(join(base, 'keys'))).toThrow()
  })
})

describe('the log of a clinic in a folder', () => {
  it('gives a receipt once a checkpoint covers the entry', async () => {
    const { folder, signingKey, verifierKey } = await place()
    const options = { folder, signingKey, origin, clock: fixedClock(5_000), random: systemRandom }
    const log = await openClinicLog(options)
    expect(log.verifierKey).toBe(verifierKey)
    const { index } = await log.writer.append({ id: id(1), text: '{}' })
    await expect(log.receipt(index)).rejects.toThrow(RangeError)
    await log.writer.publish()
    expect(parseProof(await log.receipt(index)).index).toBe(index)
    expect(await log.read('tile/0/001')).toBeNull()
    expect(await log.read('checkpoint')).not.toBeNull()
    await log.close()
    const again = await openClinicLog(options)
    expect(again.writer.size).toBe(1)
    expect(await again.writer.append({ id: id(1), text: '{}' })).toEqual({ index: 0, atMs: null })
    await again.close()
  })

  it('says to everybody that the clock went back', async () => {
    const { folder, signingKey } = await place()
    const told: number[] = []
    const clock = fixedClock(60_000)
    const log = await openClinicLog({
      folder,
      signingKey,
      origin,
      clock,
      random: systemRandom,
      onClockBack: behindMs => told.push(behindMs),
    })
    await log.writer.append({ id: id(1), text: '{}' })
    clock.advance(-30_000)
    await log.writer.append({ id: id(2), text: '{}' })
    // Nobody waits for what it says itself: it stands behind what was asked for.
    await log.writer.append({ id: id(3), text: '{}' })
    await log.writer.publish()
    expect(told).toEqual([30_000])
    const leaves = await Promise.all(
      [0, 1, 2].map(async index => decodeClinicLeaf(parseProof(await log.receipt(index)).extra ?? id(0))),
    )
    expect(leaves.map(leaf => 'text' in leaf && leaf.text)).toContain(
      '{"event":"clock-back","behind_ms":30000}',
    )
    await log.close()
  })

  it('does not open without its key, or under another name', async () => {
    const { folder, signingKey } = await place()
    const world = { folder, clock: fixedClock(0), random: systemRandom }
    expect(await codeOf(() => openClinicLog({ ...world, signingKey: `${signingKey}.lost`, origin }))).toBe(
      'files/failed',
    )
    await (await openClinicLog({ ...world, signingKey, origin })).close()
    expect(await codeOf(() => openClinicLog({ ...world, signingKey, origin: 'other.example/log' }))).toBe(
      'note/unsigned',
    )
  })
})
