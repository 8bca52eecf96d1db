/** The ledger explorer: the chain live, what waits, reorganisations, and one block or record with its proofs. */

import { encodeBase64Url } from '@chartseal/core/encoding'
import { type Genesis, type ReadHeader, shortId } from '@chartseal/emr-ledger'
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { explorerApi } from '../explorer/api.js'
import { deskOf } from '../ledger/desk.js'
import { msOf } from '../ledger/seconds.js'
import type { App } from '../state/app.js'
import { ExplorerScreen, isFinalIn, type SeenOffence, type SeenReorganisation } from '../state/explorer.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import { counterErrorText, refusalText } from '../text/counter-errors.js'
import { type CounterWords, counterWordsOf } from '../text/counter-words.js'
import type { Texts } from '../text/texts.js'
import { FoundView, RecordLine } from './explorer-found.js'
import { asOfText, finalityText } from './finality-text.js'
import type { ScreenProps } from './lazy.js'
import { Opening } from './opening.js'
import { Failure, Field, valuesOf } from './parts.js'

export interface ExplorerProps {
  readonly screen: ExplorerScreen
  readonly genesis: Genesis
  readonly words: CounterWords
  readonly texts: Texts
}

interface Opened {
  readonly screen: ExplorerScreen
  readonly genesis: Genesis
}

export function Explorer({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = counterWordsOf(texts)
  const { opened, task, open } = useExplorer(session)
  const { pairId: asked } = app.route.value
  return (
    <section class="wide">
      <h1>{words('chain.title')}</h1>
      {opened.value === null ? (
        <Opening {...{ task, session, texts, open }} retry={words('counter.retry')} />
      ) : (
        <Whole {...{ app, asked, words, texts }} {...opened.value} />
      )}
    </section>
  )
}

/** Followed from when it is opened until it is left. */
function useExplorer(session: Session) {
  const opened = useSignal<Opened | null>(null)
  const task = useMemo(() => createTask(session), [session])
  const left = useMemo(() => new AbortController(), [session])
  const open = (): Promise<boolean> =>
    task.run(async () => {
      const { requests, wait, signal, isSeen } = session
      const desk = await deskOf(session)
      if (left.signal.aborted) return
      const screen = new ExplorerScreen({ api: explorerApi(requests), desk, wait, isSeen, signal })
      opened.value = { screen, genesis: desk.shelf.book().anchor.genesis }
      void screen.follow()
    })
  useEffect(() => {
    void open()
    return () => {
      left.abort()
      opened.peek()?.screen.leave()
    }
  }, [session])
  const shown: ReadonlySignal<Opened | null> = opened
  return { opened: shown, task, open }
}

function Whole(props: ExplorerProps & { readonly app: App; readonly asked: string }) {
  const { screen, app, asked, words } = props
  useEffect(() => {
    if (asked !== '') void screen.find(asked)
  }, [screen, asked])
  return (
    <>
      <p>{words('chain.lead')}</p>
      <LiveFailure {...props} />
      <Broken {...props} />
      {asked === '' ? <Facts {...props} /> : null}
      <form
        onSubmit={event => {
          event.preventDefault()
          const what = valuesOf(event.currentTarget)('what').trim()
          app.route.value = { screen: 'ledger', pairId: what }
        }}
      >
        <Field id="what" label={words('chain.find')}>
          <input id="what" name="what" required autocomplete="off" spellcheck={false} />
        </Field>
        <button type="submit" class="quiet">
          {words('chain.find.go')}
        </button>
      </form>
      {asked === '' ? (
        <>
          <Offences {...props} />
          <Pending {...props} />
          <Moves {...props} />
          <Blocks {...props} />
        </>
      ) : (
        <FoundView {...props} />
      )}
    </>
  )
}

/** What failed when it was looked last: what stands here is as old as it says. */
function LiveFailure({ screen: { live }, words, texts }: ExplorerProps) {
  return <Failure error={live.error.value} texts={texts} say={one => counterErrorText(one, words, texts)} />
}

function Broken({ screen, words }: ExplorerProps) {
  const isBroken = screen.reorganised.value.some(({ breaksFinality }) => breaksFinality)
  return isBroken ? (
    <p class="failure" role="alert">
      {words('chain.moves.broken')}
    </p>
  ) : null
}

function Facts({ screen, genesis, words, texts }: ExplorerProps) {
  const { value: about } = screen.about
  const { value: proven } = screen.proven
  return (
    <dl class="facts">
      <dt>{words('chain.name')}</dt>
      <dd>{genesis.name}</dd>
      <dt>{words('chain.rule')}</dt>
      <dd>{ruleText(genesis, words)}</dd>
      {about === null ? null : (
        <>
          <dt>{words('chain.id')}</dt>
          <dd class="code">{encodeBase64Url(about.ledger)}</dd>
          <dt>{words('chain.seals')}</dt>
          <dd>{words(about.seals ? 'chain.seals.yes' : 'chain.seals.no')}</dd>
          {about.fault === null ? null : (
            <>
              <dt>{words('chain.stopped')}</dt>
              <dd class="failure" data-stopped={about.fault}>
                {refusalText(about.fault, words)}
              </dd>
            </>
          )}
          <dt>{words('chain.tip')}</dt>
          <dd data-tip>{about.tip.height}</dd>
        </>
      )}
      <dt>{words('chain.final')}</dt>
      <dd data-proven={proven === null ? '' : Number(proven.head.height)}>
        {proven === null
          ? words('chain.final.none')
          : `${finalityText(proven, genesis.seal, words)} ${asOfText(proven, words, texts)}`}
      </dd>
    </dl>
  )
}

function ruleText({ seal }: Genesis, words: CounterWords): string {
  if (seal.kind !== 'tlog') return words(`chain.rule.${seal.kind}`)
  const { quorum, witnesses } = seal
  if (quorum === 0) return words('chain.rule.tlog.alone')
  return words('chain.rule.tlog', { quorum, count: witnesses.length })
}

/** Whoever runs the ledger decides what follows; that it happened is proven. */
function Offences({ screen, words, texts }: ExplorerProps) {
  const { value: all } = screen.offences
  if (all.length === 0) return null
  const line = ({ offence, name }: SeenOffence): string => {
    const key = shortId(offence.sealer.kid)
    const known = name === '' ? words('chain.record.key', { key }) : `${name} (${key})`
    const who = name === null ? words('chain.offences.unknown', { key }) : known
    return offence.kind === 'votes'
      ? words('chain.offences.votes', { who, slot: `${offence.slot}` })
      : words('chain.offences.seals', { who, when: texts.date(msOf(offence.timestamp)) })
  }
  return (
    <div class="failure" role="alert" data-offences={all.length}>
      <h2>{words('chain.offences')}</h2>
      <p>{words('chain.offences.help')}</p>
      {all.map((seen, at) => (
        <p key={at}>{line(seen)}</p>
      ))}
    </div>
  )
}

function Pending({ screen, words }: ExplorerProps) {
  const { value: all } = screen.pending
  return (
    <>
      <h2>{words('chain.pending')}</h2>
      {all.length === 0 ? <p class="help">{words('chain.pending.none')}</p> : null}
      <ul class="list">
        {all.map(record => (
          <RecordLine key={shortId(record.txid)} {...{ record, words }} />
        ))}
      </ul>
    </>
  )
}

function Moves({ screen, words, texts }: ExplorerProps) {
  const { value: all } = screen.reorganised
  const line = ({ from, to, depth, isDeeper, atMs }: SeenReorganisation): string =>
    words(isDeeper ? 'chain.moves.more' : 'chain.moves.one', {
      when: texts.time(atMs),
      from: Number(from.height),
      fromId: shortId(from.id),
      to: Number(to.height),
      toId: shortId(to.id),
      depth,
    })
  return (
    <>
      <h2>{words('chain.moves')}</h2>
      <div role="status">
        {all.length === 0 ? <p class="help">{words('chain.moves.none')}</p> : null}
        {all.map(one => (
          <p key={one.atMs} class="note">
            {line(one)}
          </p>
        ))}
      </div>
    </>
  )
}

function Blocks({ screen, words, texts }: ExplorerProps) {
  const { value: chain } = screen.chain
  const { value: proven } = screen.proven
  const isFinal = (header: ReadHeader): boolean => isFinalIn(chain, proven, header)
  return (
    <>
      <h2>{words('chain.blocks')}</h2>
      <ol class="list" reversed>
        {chain.toReversed().map(header => (
          <li key={shortId(header.id)}>
            <a class="line" href={`#/ledger/${header.height}`} data-block={Number(header.height)}>
              <span class="line-name">{words('chain.block', { height: Number(header.height) })}</span>
              <span class={isFinal(header) ? 'badge' : 'badge warn'}>
                {words(isFinal(header) ? 'chain.is.final' : 'chain.is.open')}
              </span>
              <span class="line-last">
                {texts.when(msOf(header.timestamp))} · <span class="code">{shortId(header.id)}</span>
              </span>
            </a>
          </li>
        ))}
      </ol>
      {(chain[0]?.height ?? 0n) > 0n ? <p class="help">{words('chain.older')}</p> : null}
    </>
  )
}
