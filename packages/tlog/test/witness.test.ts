import { consistencyProof, treeRoot } from '@chartseal/core/merkle'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import {
  type AskedWitness,
  addSignatures,
  askWitness,
  createWitness,
  type ForkEvidence,
  formatAddCheckpoint,
  formatCheckpoint,
  formatForkEvidence,
  isFork,
  openNote,
  openWitness,
  originHash,
  parseCosignatureKey,
  parseForkEvidence,
  parseSignatureLine,
  parseVerifierKey,
  signNote,
  verifyFork,
  type Witness,
} from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkpointOf, checkpointText, leaves, logKey, origin, witnessKey } from './note-helpers.js'

const log = parseVerifierKey(logKey.verifierKey)
const verifier = parseCosignatureKey(witnessKey(1).verifierKey)

interface World {
  readonly witness: Witness
  readonly kept: Map<string, Uint8Array>
  readonly forks: ForkEvidence[]
}

function world(): World {
  const [kept, forks]: [Map<string, Uint8Array>, ForkEvidence[]] = [new Map(), []]
  const store = {
    get: async (key: string) => kept.get(key) ?? null,
    // Slower than a turn of the loop, so that requests overlap.
    put: async (key: string, value: Uint8Array) => {
      await new Promise(resolve => setImmediate(resolve))
      kept.set(key, value)
    },
  }
  const witness = createWitness({
    signer: witnessKey(1),
    logs: [log],
    store,
    onFork: one => void forks.push(one),
  })
  return { witness, kept, forks }
}

function request(oldSize: number, hashes: readonly Uint8Array[]): string {
  const proof = oldSize === 0 || oldSize >= hashes.length ? [] : consistencyProof(hashes, oldSize)
  return formatAddCheckpoint({ oldSize, proof, checkpoint: checkpointOf(hashes) })
}

async function statusOf({ witness }: World, body: string): Promise<number> {
  return (await witness.addCheckpoint(body)).status
}

describe('a witness', () => {
  it('cosigns what grows, and serves the latest', async () => {
    const here = world()
    expect((await here.witness.latest(originHash(origin))).status).toBe(404)
    expect((await here.witness.latest('../secret')).status).toBe(404)
    expect(await statusOf(here, request(0, leaves(3)))).toBe(200)
    expect(await statusOf(here, request(3, leaves(3)))).toBe(200)
    const answer = await here.witness.addCheckpoint(request(3, leaves(10)))
    expect(openNote(`${checkpointText(leaves(10))}\n${answer.body}`, [verifier]).verified).toHaveLength(1)
    const latest = await here.witness.latest(originHash(origin))
    expect(openNote(latest.body, [log, verifier]).verified).toHaveLength(2)
  })

  it('refuses with the statuses of C2SP tlog-witness', async () => {
    const here = world()
    await here.witness.addCheckpoint(request(0, leaves(5)))
    expect(await statusOf(here, 'old x\n\n')).toBe(400)
    expect(await statusOf(here, request(5, leaves(4)))).toBe(400)
    const stranger = signNote(checkpointText(leaves(5), 'other.example'), [logKey])
    expect(await statusOf(here, formatAddCheckpoint({ oldSize: 5, proof: [], checkpoint: stranger }))).toBe(
      404,
    )
    const forged = checkpointOf(leaves(6)).replace('\n6\n', '\n7\n')
    expect(await statusOf(here, formatAddCheckpoint({ oldSize: 5, proof: [], checkpoint: forged }))).toBe(403)
    expect(await here.witness.addCheckpoint(request(0, leaves(7)))).toEqual({
      status: 409,
      contentType: 'text/x.tlog.size',
      body: '5\n',
    })
    const [proof, checkpoint] = [consistencyProof(leaves(7), 5), checkpointOf(leaves(7, '?'))]
    expect(await statusOf(here, formatAddCheckpoint({ oldSize: 5, proof, checkpoint }))).toBe(422)
    expect(await statusOf(here, request(5, leaves(5, '?')))).toBe(422)
    expect(here.forks).toHaveLength(1)
  })

  it('cosigns the empty tree as what it is, and a first tree without a proof only', async () => {
    const here = world()
    const empty = checkpointOf([])
    const wrong = signNote(`${origin}\n0\n${'A'.repeat(43)}=\n`, [logKey])
    expect(await statusOf(here, formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: wrong }))).toBe(422)
    expect(await statusOf(here, formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: empty }))).toBe(200)
    const proof = [treeRoot(leaves(1))]
    expect(
      await statusOf(here, formatAddCheckpoint({ oldSize: 0, proof, checkpoint: checkpointOf(leaves(2)) })),
    ).toBe(422)
    expect(await statusOf(here, request(0, leaves(2)))).toBe(200)
  })

  it('never cosigns two histories or a smaller tree, however requests overlap', async () => {
    const step = fc.record({ size: fc.integer({ min: 1, max: 12 }), forked: fc.boolean(), old: fc.nat(12) })
    const law = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      const here = world()
      const answers = await Promise.all(
        steps.map(async ({ size, forked, old }) => {
          const hashes = forked ? leaves(size, '?', 2) : leaves(size)
          const { status } = await here.witness.addCheckpoint(request(Math.min(old, size), hashes))
          return { status, size, root: treeRoot(hashes) }
        }),
      )
      const signed = answers.filter(({ status }) => status === 200)
      for (const [i, { size, root }] of signed.entries()) {
        const before = signed[i - 1]
        expect(size).toBeGreaterThanOrEqual(before?.size ?? 0)
        const own = [leaves(size), leaves(size, '?', 2)].map(list => treeRoot(list).join())
        expect(own).toContain(root.join())
      }
      const histories = new Set(
        signed
          .filter(({ size }) => size > 2)
          .map(({ size, root }) => root.join() === treeRoot(leaves(size)).join()),
      )
      expect(histories.size).toBeLessThan(2)
    })
    await fc.assert(law, propertyRuns(60, 20))
  })

  it('signs nothing that it could not keep', async () => {
    const store = { get: async () => null, put: () => Promise.reject(new Error('disk full')) }
    const witness = createWitness({ signer: witnessKey(1), logs: [log], store })
    await expect(witness.addCheckpoint(request(0, leaves(1)))).rejects.toThrow('disk full')
  })
})

describe('the client', () => {
  const asked = ({ witness }: World, lastSize?: number): AskedWitness => ({
    verifier,
    post: body => witness.addCheckpoint(body),
    ...(lastSize === undefined ? {} : { lastSize }),
  })
  const proofFrom = (size: number) => async (older: number) => consistencyProof(leaves(size), older)

  it('learns the size that the witness knows, and proves from there', async () => {
    const here = world()
    await askWitness(asked(here), checkpointOf(leaves(3)), proofFrom(3))
    for (const lastSize of [undefined, 1, 3, 9]) {
      const note = checkpointOf(leaves(8))
      const cosigned = addSignatures(note, [await askWitness(asked(here, lastSize), note, proofFrom(8))])
      expect(openNote(cosigned, [log, verifier]).verified).toHaveLength(2)
      expect(addSignatures(cosigned, openNote(cosigned, [verifier]).signatures)).toBe(cosigned)
    }
  })

  it('says by name what goes wrong', async () => {
    const here = world()
    await askWitness(asked(here), checkpointOf(leaves(8)), proofFrom(8))
    const ask =
      (note: string, witness: AskedWitness = asked(here)) =>
      () =>
        askWitness(witness, note, proofFrom(9))
    expect(await codeOf(ask(checkpointOf(leaves(7))))).toBe('tlog/witness-ahead')
    expect(await codeOf(ask(checkpointOf(leaves(8, '?'))))).toBe('tlog/witness-refused')
    const silent: AskedWitness = { verifier, post: async () => ({ status: 200, body: 'welcome\n' }) }
    expect(await codeOf(ask(checkpointOf(leaves(9)), silent))).toBe('note/unsigned')
    const other: AskedWitness = { ...asked(here), verifier: parseCosignatureKey(witnessKey(2).verifierKey) }
    expect(await codeOf(ask(checkpointOf(leaves(9)), other))).toBe('note/unsigned')
  })
})

describe('evidence of two histories', () => {
  it('of one size, and of two sizes with the proof of another beginning, can be checked by anybody', () => {
    const law = fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(20), (size, more) => {
      const [first, second] = [checkpointOf(leaves(size)), checkpointOf(leaves(size + more, '?', size - 1))]
      const forked = leaves(size + more, '?', size - 1)
      const beginning = { root: treeRoot(forked.slice(0, size)), proof: consistencyProof(forked, size) }
      const evidence = more === 0 ? { first, second } : { first, second, beginning }
      const text = formatForkEvidence(evidence)
      expect(parseForkEvidence(text)).toEqual(evidence)
      expect(verifyFork(parseForkEvidence(text), log)).toBe(true)
      expect(isFork({ ...evidence, second: checkpointOf(leaves(size + more)) })).toBe(false)
      if (more > 0) expect(isFork({ first, second })).toBe(false)
    })
    fc.assert(law, propertyRuns(40))
  })

  it('can be written down, whatever the notes hold', () => {
    const noteOf = (root: number): string => {
      const extensions = ['a\u2028b\u2029c', '1 x', '2 y']
      const checkpoint = { origin, size: 2, root: new Uint8Array(32).fill(root), extensions }
      return signNote(formatCheckpoint(checkpoint), [logKey])
    }
    const evidence = { first: noteOf(1), second: noteOf(2) }
    expect(parseForkEvidence(formatForkEvidence(evidence))).toEqual(evidence)
    expect(verifyFork(evidence, log)).toBe(true)
  })

  it('does not accuse a log with notes that it did not sign', async () => {
    const stranger = parseVerifierKey(logKey.verifierKey)
    const unsigned = checkpointOf(leaves(2, '?')).replace(/.{20}\n$/, `${'A'.repeat(19)}=\n`)
    const evidence = { first: checkpointOf(leaves(2)), second: unsigned }
    expect(await codeOf(() => verifyFork(evidence, stranger))).toMatch(/^note\//)
  })
})

describe('a witness that is started again', () => {
  const options = () => {
    const kept = new Map<string, Uint8Array>()
    const forks: ForkEvidence[] = []
    const store = {
      get: async (name: string) => kept.get(name) ?? null,
      put: async (name: string, value: Uint8Array) => void kept.set(name, value),
    }
    const all = {
      signer: witnessKey(1),
      logs: [log],
      store,
      onFork: (fork: ForkEvidence) => void forks.push(fork),
    }
    return { kept, forks, all }
  }
  const ask = (witness: Witness, size: number, history = '', oldSize = 0) =>
    witness.addCheckpoint(
      formatAddCheckpoint({ oldSize, proof: [], checkpoint: checkpointOf(leaves(size, history)) }),
    )

  it('tlog/witness-forgot: does not sign without the store of its key', async () => {
    const { kept, all } = options()
    const first = await openWitness({ ...all, isNew: true })
    expect((await ask(first, 2)).status).toBe(200)
    expect((await (await openWitness(all)).latest(originHash(origin))).status).toBe(200)
    // As after: rm -r witness/seen
    const empty = { get: async () => null, put: async () => undefined }
    expect(await codeOf(() => openWitness({ ...all, store: empty }))).toBe('tlog/witness-forgot')
    // The store of another key.
    expect(await codeOf(() => openWitness({ ...all, signer: witnessKey(2), isNew: true }))).toBe(
      'tlog/witness-forgot',
    )
    // A store from before there were markers.
    kept.delete('witness')
    expect((await (await openWitness(all)).latest(originHash(origin))).status).toBe(200)
    expect(kept.has('witness')).toBe(true)
  })

  const places = () => {
    const place = (values: Map<string, Uint8Array>) => ({
      get: async (name: string) => values.get(name) ?? null,
      put: async (name: string, value: Uint8Array) => void values.set(name, value),
    })
    const [kept, aside] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()]
    return { kept, aside, all: { ...options().all, store: place(kept), beside: place(aside) } }
  }
  const cosigned = async (witness: Witness, size: number, oldSize = 0) => {
    const proof = oldSize === 0 ? [] : consistencyProof(leaves(size), oldSize)
    const checkpoint = checkpointOf(leaves(size))
    const { body } = await witness.addCheckpoint(formatAddCheckpoint({ oldSize, proof, checkpoint }))
    return addSignatures(checkpoint, [parseSignatureLine(body.trimEnd())])
  }

  it('tlog/witness-rolled-back: does not sign with a store that lost a log, until its cosignature comes back', async () => {
    const { kept, forks, all } = options()
    const witness = await openWitness({ ...all, isNew: true })
    const first = await cosigned(witness, 1)
    const note = await cosigned(witness, 2, 1)
    kept.delete(originHash(origin))
    await expect(openWitness(all)).rejects.toMatchObject({
      code: 'tlog/witness-rolled-back',
      context: { origin, have: 0, size: 2 },
    })
    expect(await codeOf(() => openWitness({ ...all, cosigned: [first] }))).toBe('tlog/witness-rolled-back')
    const restored = await openWitness({ ...all, cosigned: [first, note] })
    expect((await ask(restored, 2, 'other')).status).toBe(409)
    expect((await ask(restored, 2, 'other', 2)).status).toBe(422)
    expect(forks.length).toBeGreaterThan(0)
    expect(await codeOf(() => openWitness({ ...all, cosigned: [checkpointOf(leaves(3))] }))).toBe(
      'note/unsigned',
    )
  })

  it('tlog/witness-rolled-back: notices a store from a backup by what stands beside it', async () => {
    const { kept, aside, all } = places()
    const witness = await openWitness({ ...all, isNew: true })
    await cosigned(witness, 1)
    const backup = new Map(kept)
    const note = await cosigned(witness, 2, 1)
    for (const [name, value] of backup) kept.set(name, value)
    expect(await codeOf(() => openWitness(all))).toBe('tlog/witness-rolled-back')
    kept.clear()
    expect(await codeOf(() => openWitness(all))).toBe('tlog/witness-rolled-back')
    expect((await ask(await openWitness({ ...all, cosigned: [note] }), 2, 'other', 2)).status).toBe(422)
    // Both from the same backup: only others can tell.
    for (const [name, value] of backup) kept.set(name, value)
    aside.clear()
    const behind = await openWitness(all)
    expect(await behind.adopt(note)).toBe(true)
    expect(await behind.adopt(note)).toBe(false)
    expect((await ask(behind, 2, 'other', 2)).status).toBe(422)
    expect(new TextDecoder().decode(aside.get('witness'))).toBe(
      `chartseal/witness-store/v2\n${all.signer.verifierKey}\n${originHash(origin)} 2\n`,
    )
  })

  it('goes on where it was stopped between a checkpoint and its count, and answers nothing before both are kept', async () => {
    const { all } = places()
    const witness = await openWitness({ ...all, isNew: true })
    const full = { ...all.beside, put: () => Promise.reject(new Error('disk full')) }
    expect(await codeOf(() => openWitness({ ...all, beside: full }))).toBe('Error: disk full')
    await cosigned(witness, 1)
    const { put } = all.beside
    all.beside.put = () => Promise.reject(new Error('disk full'))
    await expect(cosigned(witness, 2, 1)).rejects.toThrow('disk full')
    all.beside.put = put
    const again = await openWitness(all)
    expect((await ask(again, 2, '', 2)).status).toBe(200)
  })

  it('takes a store of before, and refuses a marker that it does not understand', async () => {
    const { kept, all } = options()
    const marker = (text: string) => kept.set('witness', new TextEncoder().encode(text))
    marker(`chartseal/witness-store/v1\n${all.signer.verifierKey}\n`)
    expect((await ask(await openWitness(all), 2)).status).toBe(200)
    const text = new TextDecoder().decode(kept.get('witness'))
    for (const broken of [
      text.replace(' 2', ' 02'),
      text.replace('/v2', '/v1'),
      text.replace('/v2', '/v3'),
      '',
    ]) {
      marker(broken)
      expect(await codeOf(() => openWitness(all))).toBe('tlog/witness-forgot')
    }
  })
})
