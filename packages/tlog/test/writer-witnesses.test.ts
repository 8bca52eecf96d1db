/** The writer with witnesses and the client that asks them. */

import { SigningKey } from '@chartseal/core/ed25519'
import { FaultDisk, fixedClock } from '@chartseal/testkit'
import type { Cosign } from '@chartseal/tlog'
import {
  addSignatures,
  askWitness,
  cosigner,
  createWitness,
  type ForkEvidence,
  openNote,
  parseCosignatureKey,
  parseVerifierKey,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { folder, note, onDisk, openWriter, signer, startMs } from './writer-helpers.js'

const keys = [1, 2].map(seed =>
  cosigner(`witness${seed}.example`, new SigningKey(new Uint8Array(32).fill(seed)), fixedClock(startMs)),
)
const verifiers = keys.map(key => parseCosignatureKey(key.verifierKey))

/** Two witnesses; both must cosign. */
function witnesses(): { readonly cosign: Cosign; readonly forks: ForkEvidence[] } {
  const forks: ForkEvidence[] = []
  const posts = keys.map(key => {
    const kept = new Map<string, Uint8Array>()
    const witness = createWitness({
      signer: key,
      logs: [parseVerifierKey(signer.verifierKey)],
      store: {
        get: async name => kept.get(name) ?? null,
        put: async (name, value) => void kept.set(name, value),
      },
      onFork: fork => void forks.push(fork),
    })
    return (body: string) => witness.addCheckpoint(body)
  })
  const cosign: Cosign = async (text, lastSize, _, proofFrom) => {
    const asked = verifiers.map((verifier, i) => ({
      verifier,
      post: posts[i] ?? posts[0] ?? expect.fail(),
      lastSize,
    }))
    return addSignatures(text, await Promise.all(asked.map(one => askWitness(one, text, proofFrom))))
  }
  return { cosign, forks }
}

async function append(
  log: Awaited<ReturnType<typeof openWriter>>,
  count: number,
  text?: string,
): Promise<void> {
  const from = log.size
  await Promise.all(Array.from({ length: count }, (_, i) => log.append(note(from + i, text))))
}

describe('a log with two witnesses', () => {
  it('has the cosignatures of both in each checkpoint, also after a restart', async () => {
    const disk = new FaultDisk()
    const { cosign, forks } = witnesses()
    for (const count of [1, 255, 300, 2]) {
      const log = await openWriter({ storage: onDisk(disk), cosign })
      await append(log, count)
      const request = note(10_000 + log.size)
      await log.append(request)
      const entry = log.appendWitnessed(request)
      await log.publish()
      expect(openNote((await entry).checkpoint, verifiers).verified).toEqual(verifiers)
      await log.close()
    }
    expect(forks).toEqual([])
  })

  it('goes on when a crash came between their cosignatures and its checkpoint', async () => {
    const disk = new FaultDisk()
    const { cosign } = witnesses()
    const log = await openWriter({ storage: onDisk(disk), cosign })
    await append(log, 3)
    let left = disk.killed()
    const published = cosign
    const cut = await openWriter({
      storage: onDisk(left),
      cosign: async (...asked) => {
        const cosigned = await published(...asked)
        left = left.crashed()
        return cosigned
      },
    })
    await append(cut, 2)
    await cut.publish()
    const next = await openWriter({ storage: onDisk(left), cosign })
    expect(next.size).toBe(5)
    await append(next, 1)
    expect(openNote(await next.publish(), verifiers).verified).toEqual(verifiers)
  })

  it('cannot go back to an older copy of its whole folder: they refuse, and keep the fork', async () => {
    const disk = new FaultDisk()
    const { cosign, forks } = witnesses()
    const log = await openWriter({ storage: onDisk(disk), cosign })
    await append(log, 3)
    await log.publish()
    const older = disk.killed()
    const before = older.files().get(`${folder}/checkpoint`)
    await append(log, 2)
    await log.publish()
    const back = await openWriter({ storage: onDisk(older), cosign })
    await append(back, 1, 'other')
    await expect(back.publish()).rejects.toMatchObject({ code: 'tlog/witness-ahead' })
    await append(back, 1, 'another')
    const refused = { code: 'tlog/witness-refused', context: { status: 422 } }
    await expect(back.publish()).rejects.toMatchObject(refused)
    expect(older.files().get(`${folder}/checkpoint`)).toEqual(before)
    expect(forks.length).toBeGreaterThan(0)
  })
})
