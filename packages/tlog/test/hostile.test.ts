import { encodeUtf8 } from '@chartseal/core/encoding'
import { inclusionProof } from '@chartseal/core/merkle'
import { codesRaised, fixedClock } from '@chartseal/testkit'
import {
  askWitness,
  bundlePath,
  cosignBy,
  cosigner,
  decodeBundle,
  decodeTile,
  encodeBundle,
  encodeTile,
  formatAddCheckpoint,
  formatCheckpoint,
  formatNote,
  formatProof,
  maxNoteBytes,
  openNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseCosignatureKey,
  parseForkEvidence,
  parseNote,
  parsePolicy,
  parseProof,
  parseVerifierKey,
  policyOf,
  signNote,
  tilePath,
  tlogError,
  verifyCheckpoint,
  verifyProof,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { checkpointOf, checkpointText, leaves, logKey, origin, seed, witnessKey } from './note-helpers.js'

const expectCode = codesRaised(tlogError, [
  // Raised in witness.test.ts.
  'tlog/witness-forgot',
  'tlog/witness-rolled-back',
])
const log = parseVerifierKey(logKey.verifierKey)
const note = checkpointOf(leaves(2))
const signature = note.slice(note.lastIndexOf('\n\n') + 2)

describe('notes are refused', () => {
  it.each([
    ['without a blank line', 'text\n'],
    ['without a signature', 'text\n\n'],
    ['without a last newline', note.slice(0, -1)],
    ['with a control character', note.replace(origin, 'a\tb')],
    ['with a carriage return', note.replaceAll('\n', '\r\n')],
    ['with half a character', `\ud800${note}`],
    ['with another dash', note.replace('\u2014', '-')],
    ['with a name that has a space', note.replace(`\u2014 ${origin}`, '\u2014 a\u00a0b')],
    ['with a name that has a plus', note.replace(`\u2014 ${origin}`, '\u2014 a+b')],
    ['with a name that is empty', note.replace(`\u2014 ${origin}`, '\u2014 ')],
    ['with lax base64', note.replace(/=\n$/, '\n')],
    ['with a short signature', 'text\n\n\u2014 a AAAAAA==\n'],
    ['with words behind the signature', note.replace(/\n$/, ' more\n')],
  ])('%s', async (_, text) => expectCode('note/malformed', () => parseNote(text)))

  it('when they are too large', async () => {
    await expectCode('note/too-large', () => parseNote('a'.repeat(maxNoteBytes + 1)))
    await expectCode('note/too-large', () => parseNote(`${note}${signature.repeat(64)}`))
    await expectCode('note/too-large', () => parseAddCheckpoint('a'.repeat(maxNoteBytes + 1)))
  })

  it('when nobody known signed them, and when somebody known did not', async () => {
    await expectCode('note/unsigned', () => openNote(note, [parseCosignatureKey(witnessKey(1).verifierKey)]))
    await expectCode('note/bad-signature', () => openNote(note.replace('\n2\n', '\n3\n'), [log]))
  })

  it('before they are written', async () => {
    const signatures = parseNote(note).signatures
    await expectCode('note/malformed', () => formatNote('no newline', signatures))
    await expectCode('note/malformed', () => signNote('text\n', []))
    const short = signatures.map(one => ({ ...one, keyId: new Uint8Array(3) }))
    await expectCode('note/malformed', () => formatNote('text\n', short))
  })
})

describe('keys are refused', () => {
  const [name, id, key = ''] = logKey.verifierKey.split(/\+(?=[0-9a-f]{8}\+)|(?<=\+[0-9a-f]{8})\+/)
  it.each([
    ['that are nothing', 'x'],
    ['without a name', `+${id}+${key}`],
    ['with capitals', `${name}+${id?.toUpperCase()}G+${key}`],
    ['with another id', `${name}+00000000+${key}`],
    ['with another name', `x${logKey.verifierKey}`],
    ['cut short', logKey.verifierKey.slice(0, -4)],
    ['of a witness', witnessKey(1).verifierKey],
  ])('%s', async (_, text) => expectCode('note/bad-key', () => parseVerifierKey(text)))

  it('of a log for a witness', async () => {
    await expectCode('note/bad-key', () => parseCosignatureKey(logKey.verifierKey))
  })
})

describe('checkpoints are refused', () => {
  const text = checkpointText(leaves(2))
  it.each([
    ['of two lines', 'a\n1\n'],
    ['without a last newline', text.slice(0, -1)],
    ['with an empty line', text.replace('\n', '\n\n')],
    ['with a leading zero', text.replace('\n2\n', '\n02\n')],
    ['with a sign', text.replace('\n2\n', '\n-2\n')],
    ['with a size above 2^53 - 1', text.replace('\n2\n', '\n9007199254740992\n')],
    ['with a short root', text.replace(/.{4}\n$/, '\n')],
    ['with lax base64', text.replace('=', '')],
  ])('%s', async (_, changed) => expectCode('checkpoint/malformed', () => parseCheckpoint(changed)))

  it('of another log, and without a quorum', async () => {
    const other = signNote(checkpointText(leaves(2), 'other.example'), [logKey])
    await expectCode('checkpoint/other-origin', () => verifyCheckpoint(other, { log }))
    const witness = { name: 'w', verifier: parseCosignatureKey(witnessKey(1).verifierKey) }
    const policy = policyOf([], [witness], 1, { allowWeak: true })
    await expectCode('checkpoint/quorum', () => verifyCheckpoint(note, { log, policy }))
    await expectCode('checkpoint/malformed', () =>
      formatCheckpoint({ origin: '', size: 1, root: new Uint8Array(32), extensions: [] }),
    )
  })
})

describe('proofs, tiles and bundles are refused', () => {
  const proof = formatProof({ index: 0, hashes: inclusionProof(leaves(2), 0), checkpoint: note })
  it.each([
    ['of another version', proof.replace('@v1', '@v2')],
    ['without an index', proof.replace('index 0', 'index 00')],
    ['with a hash that is none', proof.replace('\nindex 0\n', '\nindex 0\nAAAA\n')],
    ['with lax base64', proof.replace('\nindex', '\nextra A\nindex')],
    ['without a checkpoint', proof.slice(0, proof.indexOf('\n\n'))],
    ['with too many hashes', proof.replace('index 0\n', `index 0\n${`${'A'.repeat(43)}=\n`.repeat(64)}`)],
    ['too long', 'a'.repeat(2 ** 21)],
  ])('%s', async (_, text) => expectCode('tlog/bad-proof', () => parseProof(text)))

  it('that prove nothing', async () => {
    const leaf = encodeUtf8('another entry')
    await expectCode('tlog/not-included', () => verifyProof(parseProof(proof), leaf, { log }))
  })

  it.each(['old\n\n', 'old 01\n\n', `old 1\nAAAA\n\n${note}`, `old 1\n!\n\n${note}`, 'x'])(
    'request %j',
    async body => expectCode('tlog/bad-proof', () => parseAddCheckpoint(body)),
  )

  it('requests and evidence with more hashes than a proof has', async () => {
    const many = new Array<Uint8Array>(64).fill(new Uint8Array(32))
    await expectCode('tlog/bad-proof', () =>
      formatAddCheckpoint({ oldSize: 1, proof: many, checkpoint: note }),
    )
    const hashes = `${'A'.repeat(43)}=\n`.repeat(65)
    for (const text of [
      'x',
      'chartseal/fork-evidence/v2\nA\n\n',
      `chartseal/fork-evidence/v2\n${hashes}\n`,
    ]) {
      await expectCode('tlog/bad-proof', () => parseForkEvidence(text))
    }
    await expectCode('tlog/bad-proof', () => parseForkEvidence('a'.repeat(4 * maxNoteBytes)))
  })

  it.each([[[]], [[0]], [[0, 2, 1]], [new Array<number>(514).fill(0)]])('bundle %#', async bytes =>
    expectCode('tlog/bad-bundle', () => decodeBundle(Uint8Array.from(bytes))),
  )

  it.each([0, 31, 33, 257 * 32])('a tile of %i bytes', async size =>
    expectCode('tlog/bad-tile', () => decodeTile(new Uint8Array(size))),
  )

  it('wrong calls', () => {
    const calls = [
      () => tilePath(64, 0, 256),
      () => tilePath(0, -1, 256),
      () => bundlePath(0, 0),
      () => bundlePath(0, 257),
      () => encodeBundle([new Uint8Array(65_536)]),
      () => encodeTile([new Uint8Array(31)]),
      () => policyOf([], [], 1),
      () => {
        const witness = { name: 'w', verifier: parseCosignatureKey(witnessKey(1).verifierKey) }
        return policyOf([], [witness, { ...witness, name: 'v' }], 2)
      },
      () => {
        const [one, other] = [1, 2].map(i => parseCosignatureKey(witnessKey(i).verifierKey))
        const named = [one, other].flatMap(verifier =>
          verifier === undefined ? [] : [{ name: 'w', verifier }],
        )
        return policyOf([], named, 2)
      },
      () => cosigner('w', seed(1), fixedClock(999)).sign(encodeUtf8('text\n')),
    ]
    for (const call of calls) expect(call).toThrow(RangeError)
  })
})

describe('policies are refused', () => {
  const witness = `witness a ${witnessKey(1).verifierKey}\nwitness b ${witnessKey(2).verifierKey}\n`
  it.each([
    ['', 'without a quorum'],
    ['quorum a', 'for an unknown name'],
    [`${witness}quorum a\nquorum b`, 'for two quorums'],
    [`${witness}quorum a b`, 'for two names'],
    [`${witness}group g 3 a b\nquorum g`, 'for a number above the members'],
    [`${witness}group g 0 a b\nquorum g`, 'for nobody'],
    [`${witness}group g x a b\nquorum g`, 'for a number that is none'],
    [`${witness}group g\nquorum g`, 'for a group of nothing'],
    [`${witness}group g all a a\nquorum g`, 'for a member twice'],
    [`${witness}group g any a\ngroup h any a\nquorum h`, 'for a member of two groups'],
    [`${witness}group a any b\nquorum a`, 'for a name twice'],
    [`witness none ${witnessKey(1).verifierKey}\nquorum none`, 'for the name none'],
    [`${witness}witness c ${witnessKey(1).verifierKey}\nquorum a`, 'for a key twice'],
    [`witness a ${logKey.verifierKey}\nquorum a`, 'for the key of a log'],
    ['witness a', 'for a witness without a key'],
    ['log', 'for a log without a key'],
    ['log a\u0007', 'for a bell'],
    ['vote a', 'for an unknown word'],
    ['\n'.repeat(2000), 'for its length'],
  ])('%#: %j', async text => expectCode('tlog/bad-policy', () => parsePolicy(text)))

  it('when they are weak', async () => {
    await expectCode('tlog/weak-policy', () =>
      parsePolicy(`${witness}group g all a b\nquorum g`, { dishonest: 2 }),
    )
    expect(parsePolicy(`${witness}group g all a b\nquorum g`).witnesses).toHaveLength(2)
  })
})

describe('witnesses that refuse', () => {
  const verifier = parseCosignatureKey(witnessKey(1).verifierKey)
  it('are named', async () => {
    const asked = (status: number, body: string) => ({ verifier, post: async () => ({ status, body }) })
    const ask = (status: number, body: string) => () => askWitness(asked(status, body), note, async () => [])
    await expectCode('tlog/witness-refused', ask(404, ''))
    await expectCode('tlog/witness-refused', ask(409, 'many'))
    await expectCode('tlog/witness-ahead', ask(409, '3\n'))
  })

  it('names each of them when too few are left for the policy', async () => {
    const named = ['a', 'b', 'c'].map((name, i) => ({
      name,
      verifier: parseCosignatureKey(witnessKey(i + 1).verifierKey),
    }))
    const cosign = cosignBy(policyOf([], named, 3), ({ name }) =>
      name === 'a' ? null : async () => ({ status: 404, body: '' }),
    )
    const asked = (): Promise<string> =>
      cosign(note, 0, [], async () => []).catch(error => {
        expect(error.message).toContain('a: the policy has no URL of it; b: ')
        throw error
      })
    await expectCode('tlog/too-few-witnesses', asked)
  })
})
