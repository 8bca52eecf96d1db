/** One block or one record of the ledger, with what this page checked of it. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { type LedgerRecord, shortId } from '@chartseal/emr-ledger'
import type { CheckedBlock, CheckedRecord } from '../explorer/facts.js'
import { msOf } from '../ledger/seconds.js'
import { type Found, prescriptionOf } from '../state/explorer.js'
import { counterErrorText, refusalText } from '../text/counter-errors.js'
import type { CounterWords } from '../text/counter-words.js'
import type { ExplorerProps } from './explorer.js'
import { asOfText, finalityText } from './finality-text.js'
import { Failure } from './parts.js'

export function FoundView(props: ExplorerProps) {
  const { screen, words, texts } = props
  const { value: found } = screen.found
  return (
    <>
      <p>
        <a class="step" href="#/ledger">
          {words('chain.back')}
        </a>
      </p>
      <Failure
        error={screen.finding.error.value}
        texts={texts}
        say={one => counterErrorText(one, words, texts)}
      />
      {screen.finding.isBusy.value ? <p class="waiting">{words('counter.looking')}</p> : null}
      {found === null ? null : <One {...props} found={found} />}
    </>
  )
}

function One({ found, ...props }: ExplorerProps & { readonly found: Found }) {
  const { words } = props
  if (found.kind === 'block') return <BlockView {...props} checked={found.checked} />
  if (found.kind === 'record') return <RecordView {...props} found={found} />
  return (
    <p class="note" role="status">
      {found.kind === 'refused'
        ? words('chain.refused', { why: refusalText(found.code, words) })
        : words('chain.none')}
    </p>
  )
}

function BlockView({ checked, words, texts }: ExplorerProps & { readonly checked: CheckedBlock }) {
  const { block, hasItsRecords, records } = checked
  const { header } = block
  const before = Number(header.height) - 1
  return (
    <>
      <h2>{words('chain.block', { height: Number(header.height) })}</h2>
      <dl class="facts">
        <dt>{words('chain.block.id')}</dt>
        <dd class="code">{encodeBase64Url(header.id)}</dd>
        {before < 0 ? null : (
          <>
            <dt>{words('chain.block.before')}</dt>
            <dd>
              <a href={`#/ledger/${before}`}>{words('chain.block', { height: before })}</a>{' '}
              <span class="code">{shortId(header.previous)}</span>
            </dd>
          </>
        )}
        <dt>{words('chain.block.time')}</dt>
        <dd>{texts.date(msOf(header.timestamp))}</dd>
        <dt>{words('chain.block.sealer')}</dt>
        <dd class="code">{shortId(header.sealer)}</dd>
        <dt>{words('chain.block.records')}</dt>
        <dd class={hasItsRecords ? '' : 'failure'} data-records={hasItsRecords ? 'right' : 'wrong'}>
          {words(hasItsRecords ? 'chain.block.records.right' : 'chain.block.records.wrong')}
        </dd>
        <dt>{words('chain.block.state')}</dt>
        <dd class="code">{encodeBase64Url(header.stateRoot)}</dd>
        {header.difficulty === 1n ? null : (
          <>
            <dt>{words('chain.block.difficulty')}</dt>
            <dd>{`${header.difficulty}`}</dd>
          </>
        )}
      </dl>
      <h2>{words('chain.records')}</h2>
      {records.length === 0 ? <p class="help">{words('chain.block.empty')}</p> : null}
      <ul class="list">
        {records.map(({ record }) => (
          <RecordLine key={shortId(record.wtxid)} {...{ record, words }} />
        ))}
      </ul>
    </>
  )
}

type FoundRecord = Extract<Found, { kind: 'record' }>

function RecordView({ found, ...props }: ExplorerProps & { readonly found: FoundRecord }) {
  const { words, texts } = props
  const { record, signature } = found.checked
  const { claims } = record
  const about = prescriptionOf(record)
  const isOwn = claims.kind === 'prescribe' || claims.kind === 'replace'
  return (
    <>
      <h2>{kindText(record, words)}</h2>
      <dl class="facts">
        <dt>{words('chain.record')}</dt>
        <dd class="code">{encodeBase64Url(record.txid)}</dd>
        <dt>{words('chain.record.place')}</dt>
        <dd>{placeOf(found, words)}</dd>
        <dt>{words('chain.record.signer')}</dt>
        <dd>{signerOf(found.checked, words)}</dd>
        <dt>{words('chain.record.signature')}</dt>
        <dd class={signature === 'wrong' ? 'failure' : ''} data-signature={signature}>
          {words(`chain.signature.${signature}`)}
        </dd>
        <dt>{words('chain.record.number')}</dt>
        <dd>{`${claims.seq}`}</dd>
        <dt>{words('chain.record.when')}</dt>
        <dd>{texts.date(msOf(claims.authoredOn))}</dd>
        {isOwn ? (
          <>
            <dt>{words('chain.record.until')}</dt>
            <dd>{texts.date(msOf(claims.validUntil))}</dd>
          </>
        ) : null}
        {'prescription' in claims ? (
          <>
            <dt>{words('chain.record.of')}</dt>
            <dd>
              <a class="code" href={`#/ledger/${encodeBase64Url(claims.prescription)}`}>
                {shortId(claims.prescription)}
              </a>
            </dd>
          </>
        ) : null}
      </dl>
      {about === null ? null : <StateOf {...props} proof={found.proof} />}
    </>
  )
}

function placeOf({ place, isInBlock }: FoundRecord, words: CounterWords) {
  if (place.kind === 'pending') return words(place.isReady ? 'chain.record.waits' : 'chain.record.waits.long')
  return (
    <>
      <a href={`#/ledger/${place.height}`}>{words('chain.record.in', { height: place.height })}</a>
      {': '}
      <span data-in={isInBlock ? 'right' : 'wrong'}>
        {words(isInBlock ? 'chain.record.in.right' : 'chain.record.in.wrong')}
      </span>
    </>
  )
}

function signerOf({ signer, record }: CheckedRecord, words: CounterWords): string {
  if (signer !== null && signer.name !== '') return signer.name
  return words('chain.record.key', { key: shortId(record.claims.signer) })
}

/** What is proven of the prescription: not what the clinic says. */
function StateOf({ proof, genesis, words, texts }: ExplorerProps & Pick<FoundRecord, 'proof'>) {
  const state = proof?.prescription?.state ?? null
  return (
    <>
      <h2>{words('chain.state')}</h2>
      {proof === null ? <p class="note">{words('chain.state.offline')}</p> : null}
      {proof !== null && state === null ? <p class="note">{words('chain.state.none')}</p> : null}
      {state === null ? null : (
        <dl class="facts">
          <dt>{words('chain.state.status')}</dt>
          <dd data-status={state.status}>{words(`chain.state.${state.status}`)}</dd>
          <dt>{words('chain.state.left')}</dt>
          <dd>{words('chain.state.left.of', { dispensed: state.dispensed, of: state.quantity })}</dd>
        </dl>
      )}
      {proof === null ? null : (
        <p data-proof>
          {finalityText(proof, genesis.seal, words)} {asOfText(proof, words, texts)}
        </p>
      )}
    </>
  )
}

export function RecordLine({
  record,
  words,
}: {
  readonly record: LedgerRecord
  readonly words: CounterWords
}) {
  return (
    <li>
      <a class="line" href={`#/ledger/${encodeBase64Url(record.txid)}`}>
        <span class="line-name">{kindText(record, words)}</span>
        <span class="line-last code">{shortId(record.txid)}</span>
      </a>
    </li>
  )
}

function kindText({ claims }: Pick<LedgerRecord, 'claims'>, words: CounterWords): string {
  if (claims.kind === 'roster') {
    const { number, members } = claims.roster
    return words('chain.kind.roster', { number: Number(number), count: members.length })
  }
  const units = 'quantity' in claims ? claims.quantity : 0
  return words(`chain.kind.${claims.kind}`, { units })
}
