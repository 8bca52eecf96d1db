/** Two things that a person or a server waits for: a message of an unknown key, and an entry with its checkpoint. */
import { equal } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { memoryKeyValue } from '@chartseal/core/memory'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { confirmClock, createRing, type Ring, readingKey } from '@chartseal/kdf-keyring'
import {
  addSignatures,
  askWitness,
  type Cosign,
  cosigner,
  createWitness,
  ed25519Signer,
  type LeafCodec,
  type LogWriter,
  memoryStorage,
  openLogWriter,
  openNote,
  parseCosignatureKey,
  parseVerifierKey,
} from '@chartseal/tlog'
import { type Case, inProcess } from '../measure.js'

export const unknownKey = 'readingKey'
export const cosigned = 'append and checkpoint'

const bytesOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)

export const waiting = async (): Promise<readonly Case[]> => [unknownKeyCase(), await cosignedCase()]

/** A ring that has moved on for five years: as many names of destroyed keys as it keeps. */
function oldRing(): Ring {
  const fresh = createRing({
    root: new SecretBytes(bytesOf(1)),
    ownVerifyingKey: verifyingKeyOf(new SigningKey(bytesOf(2))),
    peerVerifyingKey: verifyingKeyOf(new SigningKey(bytesOf(3))),
    firstEpoch: (2021 - 1970) * 12,
    nowMs: Date.UTC(2021, 0, 15),
  })
  const months = Array.from({ length: 63 }, (_, month) => Date.UTC(2021, month + 1, 15))
  return months.reduce((ring, nowMs) => confirmClock(ring, nowMs), fresh)
}

function unknownKeyCase(): Case {
  const ring = oldRing()
  const kid = new Uint8Array(8).fill(0xee)
  const refuse = (): string => {
    try {
      readingKey(ring, kid)
      return 'accepted'
    } catch (error) {
      return error instanceof Error ? error.message : 'thrown'
    }
  }
  return {
    id: 'unknown-key',
    title: 'A message under a key that the ring does not know, until it is refused',
    unit: 'ms',
    perUnit: 1,
    contenders: [
      inProcess(
        unknownKey,
        () => new TextEncoder().encode(refuse()),
        amount => {
          for (let i = 0; i < amount; i++) refuse()
        },
      ),
    ],
  }
}

const origin = 'bench.example/log'
const signer = ed25519Signer(origin, new SigningKey(bytesOf(4)))
const witnessKeys = [5, 6, 7, 8].map(fill =>
  cosigner(`witness${fill}.example`, new SigningKey(bytesOf(fill)), systemClock),
)
const verifiers = witnessKeys.map(witness => parseCosignatureKey(witness.verifierKey))

/** All four must cosign, in this process: neither network nor disk is measured. */
function cosignInProcess(): Cosign {
  const posts = witnessKeys.map(witness => {
    const logs = [parseVerifierKey(signer.verifierKey)]
    const store = memoryKeyValue()
    const opened = createWitness({ signer: witness, logs, store, onFork: refuseFork })
    return (body: string) => opened.addCheckpoint(body)
  })
  return async (text, lastSize, _, proofFrom) => {
    const asked = posts.flatMap((post, i) => {
      const verifier = verifiers[i]
      return verifier === undefined ? [] : [{ verifier, post, lastSize }]
    })
    return addSignatures(text, await Promise.all(asked.map(one => askWitness(one, text, proofFrom))))
  }
}

function refuseFork(): void {
  throw new Error('the log of the bench forked')
}

const idBytes = 16
const codec: LeafCodec<Uint8Array> = {
  idOf: record => record.subarray(0, idBytes),
  encode: async record => record,
  idOfLeaf: leaf => leaf.subarray(0, idBytes),
  holds: async (leaf, _, record) => equal(leaf, record),
}

async function cosignedCase(): Promise<Case> {
  const log = await openLogWriter({
    storage: memoryStorage(),
    codec,
    origin,
    signer,
    clock: systemClock,
    random: systemRandom,
    cosign: cosignInProcess(),
  })
  return {
    id: 'append-cosigned',
    title: 'Log in memory: an entry, and a checkpoint with the cosignatures of four witnesses in process',
    unit: 'ms',
    perUnit: 1,
    contenders: [
      {
        ...inProcess(
          cosigned,
          async () => Uint8Array.of(openNote(await appendOne(log), verifiers).verified.length),
          async amount => {
            for (let i = 0; i < amount; i++) await appendOne(log)
          },
        ),
        close: () => void log.close(),
      },
    ],
  }
}

async function appendOne(log: LogWriter<Uint8Array>): Promise<string> {
  await log.append(systemRandom.bytes(100))
  return log.publish()
}
