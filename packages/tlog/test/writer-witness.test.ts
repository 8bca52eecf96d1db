import { SigningKey } from '@chartseal/core/ed25519'
import { verifyConsistency } from '@chartseal/core/merkle'
import { codeOf, manualTimer } from '@chartseal/testkit'
import {
  type Cosign,
  ed25519Signer,
  type LogWriter,
  memoryStorage,
  parseCheckpoint,
  parseNote,
  signedPath,
  signNote,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { type Note, note, openWriter, origin } from './writer-helpers.js'

const witness = ed25519Signer('witness.example', new SigningKey(new Uint8Array(32).fill(9)))
const checkpointOf = (text: string) => parseCheckpoint(parseNote(text).text)
const names = (text: string): string[] => parseNote(text).signatures.map(({ name }) => name)

/** Checks every step as a witness does, from the size that it saw last. */
function honestWitness(): { readonly cosign: Cosign; seen: string | null; isAway: boolean } {
  const state = {
    seen: null as string | null,
    isAway: false,
    cosign: async (text: string, oldSize: number, proof: readonly Uint8Array[]) => {
      if (state.isAway) throw new Error('away')
      const next = checkpointOf(text)
      const seen = state.seen === null ? null : checkpointOf(state.seen)
      expect(oldSize).toBe(seen?.size ?? 0)
      if (seen !== null) {
        const claim = { older: seen.size, newer: next.size, oldRoot: seen.root, newRoot: next.root, proof }
        expect(verifyConsistency(claim)).toBe(true)
      }
      state.seen = text
      return signNote(parseNote(text).text, [witness])
    },
  }
  return state
}

async function appendMany(log: LogWriter<Note>, count: number): Promise<void> {
  const from = log.size
  await Promise.all(Array.from({ length: count }, (_, i) => log.append(note(from + i))))
}

describe('a log with witnesses', () => {
  it('resolves when they cosigned, publishes their signatures, and proves every step', async () => {
    const storage = memoryStorage()
    const { cosign } = honestWitness()
    const log = await openWriter({ storage, cosign })
    for (const count of [1, 1, 254, 1, 300, 700, 3]) {
      await appendMany(log, count)
      const request = note(10_000 + log.size)
      await log.append(request)
      const entry = log.appendWitnessed(request)
      await log.publish()
      const { index, checkpoint } = await entry
      expect(checkpointOf(checkpoint).size).toBeGreaterThan(index)
      expect(names(checkpoint)).toEqual([origin, 'witness.example'])
    }
    expect(Buffer.from(storage.files.get('checkpoint') ?? []).toString()).toBe(log.checkpoint)
    const again = await log.appendWitnessed(note(0))
    expect([again.index, again.checkpoint]).toEqual([0, log.checkpoint])
    await log.close()
  })

  it('proves a step from any size that a witness may have seen', async () => {
    const roots = new Map<number, Uint8Array>()
    const storage = memoryStorage()
    const cosign: Cosign = async (text, _, __, proofFrom) => {
      const { size: newer, root: newRoot } = checkpointOf(text)
      roots.set(newer, newRoot)
      expect(await proofFrom(0)).toEqual([])
      for (const [older, oldRoot] of roots) {
        const proof = await proofFrom(older)
        expect(verifyConsistency({ older, newer, oldRoot, newRoot, proof })).toBe(true)
      }
      return text
    }
    const log = await openWriter({ storage, cosign })
    for (const count of [1, 2, 100, 153, 1, 255, 300, 1_000]) {
      await appendMany(log, count)
      await log.publish()
    }
    await log.close()
    expect(roots.size).toBe(8)
  })

  it('works the proof out once for all witnesses that saw what it published last', async () => {
    const cosign: Cosign = async (text, oldSize, proof, proofFrom) => {
      for (const _ of witnesses) expect(await proofFrom(oldSize)).toBe(proof)
      return text
    }
    const witnesses = [1, 2, 3]
    const log = await openWriter({ storage: memoryStorage(), cosign })
    for (const count of [1, 300]) {
      await appendMany(log, count)
      await log.publish()
    }
    await log.close()
    expect.assertions(2 * witnesses.length)
  })

  it('publishes nothing that they did not see, keeps what it signed, and asks again', async () => {
    const storage = memoryStorage()
    const state = honestWitness()
    const timer = manualTimer()
    const log = await openWriter({ storage, cosign: state.cosign, timer })
    state.isAway = true
    await log.append(note(1))
    await expect(log.publish()).rejects.toThrow('away')
    expect([checkpointOf(log.checkpoint).size, `${log.witnessError}`]).toEqual([0, 'Error: away'])
    expect(checkpointOf(Buffer.from(storage.files.get(signedPath) ?? []).toString()).size).toBe(1)
    expect(timer.waiting).toEqual([1_000])
    state.isAway = false
    timer.fire()
    await expect.poll(() => checkpointOf(log.checkpoint).size).toBe(1)
    expect(log.witnessError).toBeNull()
    await log.close()
  })

  it('closes without them, and the next writer asks again', async () => {
    const storage = memoryStorage()
    const state = honestWitness()
    const log = await openWriter({ storage, cosign: state.cosign })
    state.isAway = true
    const entry = log.appendWitnessed(note(1))
    const refused = codeOf(() => entry)
    await log.append(note(2))
    await log.close()
    expect(await refused).toBe('log/not-witnessed')
    state.isAway = false
    const next = await openWriter({ storage, cosign: state.cosign })
    expect(checkpointOf(await next.publish()).size).toBe(2)
    await next.close()
  })

  it('refuses a note of another text', async () => {
    const log = await openWriter({
      storage: memoryStorage(),
      cosign: async () => signNote('other\n', [witness]),
    })
    await log.append(note(1))
    expect(await codeOf(() => log.publish())).toBe('log/foreign-checkpoint')
    await log.close()
  })
})

describe('a log that had witnesses', () => {
  const policy = '# a policy, which the writer does not read\n'

  it('publishes nothing without them until it is told to give them up', async () => {
    const storage = memoryStorage()
    const { cosign } = honestWitness()
    const first = await openWriter({ storage, cosign })
    await appendMany(first, 2)
    await first.close()
    const before = storage.files.get('checkpoint')
    expect(await codeOf(() => openWriter({ storage }))).toBe('log/witnesses-needed')
    expect(storage.files.get('checkpoint')).toEqual(before)
    const again = await openWriter({ storage, cosign })
    await again.close()
    const given = await openWriter({ storage, dropPolicy: true })
    await appendMany(given, 1)
    await given.close()
    expect(names(given.checkpoint)).toEqual([origin])
    await (await openWriter({ storage })).close()
  })

  it('asks those of the policy that it remembers', async () => {
    const storage = memoryStorage()
    const { cosign } = honestWitness()
    await (await openWriter({ storage, cosign, policy })).close()
    const asked: string[] = []
    const cosignBy = (text: string): Cosign => {
      asked.push(text)
      return cosign
    }
    const log = await openWriter({ storage, cosignBy })
    await appendMany(log, 1)
    expect(names(await log.publish())).toEqual([origin, 'witness.example'])
    await log.close()
    expect(asked).toEqual([policy])
    expect(await codeOf(() => openWriter({ storage }))).toBe('log/witnesses-needed')
  })

  it('remembers them before anything is published', async () => {
    const storage = memoryStorage()
    const cosign: Cosign = () => Promise.reject(new Error('away'))
    const log = await openWriter({ storage, cosign })
    await appendMany(log, 1)
    await log.close()
    expect(await codeOf(() => openWriter({ storage }))).toBe('log/witnesses-needed')
  })

  it('is not told to keep and to give up a policy at once', async () => {
    const options = { storage: memoryStorage(), policy, dropPolicy: true }
    await expect(openWriter(options)).rejects.toThrow(TypeError)
  })
})
