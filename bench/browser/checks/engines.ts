/** The notebook's nonce on every engine, all engines against JavaScript, and why an engine is not there. */
import { concat, equal } from '@chartseal/core/bytes'
import { createJsEngine, defaultEngine, type Engine } from '@chartseal/core/engine'
import { computeBlockId } from '@chartseal/emr-ledger/v1'
import { notebookHeader, notebookPrefix } from '../../dist/notebook.js'
import { pattern } from '../../dist/pattern.js'
import { engineNames, engineOrReason } from '../../dist/peers/engine.js'
import type { Situation } from '../situation.js'
import type { Tally } from '../tally.js'

const notebookNonce = 5687n
/** floor(2^256 / 100,000), exactly as wide as a hash. */
const target = Uint8Array.from({ length: 32 }, (_, i) =>
  Number(((2n ** 256n / notebookHeader.difficulty) >> BigInt(8 * (31 - i))) & 0xffn),
)

export function checkEngines(tally: Tally, { wasm }: Situation): void {
  const byDefault = defaultEngine()
  tally.same('the engine used by default', byDefault.name, wasm ? 'wasm' : 'js')
  tally.holds('the reason is readable', isReadable(byDefault.fallbackReason, wasm))
  if (byDefault.fallbackReason !== null) tally.note(`fallbackReason: ${byDefault.fallbackReason}`)
  for (const name of engineNames) {
    const engine = engineOrReason(name)
    if (typeof engine === 'string') tally.same(`${name} is left out`, wasm, false)
    else {
      checkNotebook(tally, name, engine)
      checkAgainstJs(tally, name, engine)
    }
  }
}

const isReadable = (reason: string | null, wasm: boolean): boolean =>
  wasm ? reason === null : reason?.startsWith('WebAssembly is forbidden: ') === true

function checkNotebook(tally: Tally, name: string, engine: Engine): void {
  const search = { prefix: notebookPrefix, target, from: 0n, count: 10_000 }
  const hit = engine.searchNonce(search)
  tally.same(`${name}: the notebook's nonce`, hit?.nonce, notebookNonce)
  tally.same(`${name}: its block id`, hit?.hash, computeBlockId(notebookHeader, notebookNonce))
  tally.same(`${name}: nothing below it`, engine.searchNonce({ ...search, count: 5687 }), null)
  const pieces = engine.createSha256().update(notebookPrefix).update(target).digest()
  const whole = engine.sha256(Uint8Array.of(...notebookPrefix, ...target))
  tally.holds(`${name}: SHA-256 in pieces`, equal(pieces, whole))
}

const js = createJsEngine()
const bytes = 1_000

function checkAgainstJs(tally: Tally, name: string, engine: Engine): void {
  const messages = Array.from({ length: 70 }, (_, i) => pattern(3 * i))
  const digests = concat(...engine.sha256Many(messages))
  tally.same(`${name}: many messages at once`, digests, concat(...messages.map(js.sha256)))
  tally.same(`${name}: GF(256)`, concat(...fieldResults(engine)), concat(...fieldResults(js)))
}

const piece = (n: number): Uint8Array => pattern(n * bytes).subarray(-bytes)

/** A split of 3 of 5, refreshed, and an output combined from the shares. */
function fieldResults(engine: Engine): readonly Uint8Array[] {
  const xs = [1, 2, 3, 4, 5]
  const shares = xs.map(() => new Uint8Array(bytes))
  const secret = piece(1)
  const coefficients = [piece(2), piece(3)]
  engine.gfSplit(secret, coefficients, xs, shares)
  engine.gfRefresh(coefficients.toReversed(), xs, shares)
  const combined = new Uint8Array(bytes)
  engine.gfCombine(shares, [7, 9, 0, 1, 255], combined)
  engine.gfMultiplyAccumulate(combined, secret, 0x53)
  return [...shares, combined]
}
