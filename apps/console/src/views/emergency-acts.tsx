/** What this device may do with a request: what it may not is not there. */
import { phaseAt, type ReviewVerdict, reviewVerdicts } from '@chartseal/clinic/break-glass'
import { ChartsealError } from '@chartseal/core/errors'
import { useSignal } from '@preact/signals'
import type { EmergencyRecord } from '../emergency/asking.js'
import { actsOf } from '../state/emergency/seat.js'
import type { EmergencyKey } from '../text/emergency-words.js'
import { Ask } from './ask.js'
import { ActFailure, EmergencyFailure, nameOfKid, type RequestProps } from './emergency-parts.js'
import { OpenedFile } from './opened-file.js'
import { Field } from './parts.js'
import { Scanner } from './scanner.js'

const maxTextLength = 500

export function Acts(props: RequestProps) {
  const { one, emergencies, nowMs } = props
  const seat = emergencies.seatIn(one)
  const acts = actsOf(one.state, seat, nowMs)
  const record = emergencies.opened.value.get(one.id)
  const isBack = phaseAt(one.state, nowMs) !== 'opened'
  return (
    <>
      {acts.release ? <ReleaseShare {...props} share={seat.share} /> : null}
      {acts.open && record === undefined ? <OpenRecord {...props} /> : null}
      {record === undefined ? null : <Record record={record} {...props} />}
      <ActFailure {...props} task={emergencies.task} />
      {acts.deny ? (
        <WithText
          {...props}
          title="emergency.deny"
          label="emergency.deny.text"
          go={seat.share > 0 ? 'emergency.deny.go' : 'emergency.veto.go'}
          act={text => emergencies.deny(one, text)}
        />
      ) : null}
      {acts.close ? (
        <WithText
          {...props}
          title={isBack ? 'emergency.close.back' : 'emergency.close'}
          label="emergency.close.text"
          go={isBack ? 'emergency.close.back' : 'emergency.close'}
          act={text => emergencies.close(one, text)}
        />
      ) : null}
      {acts.review ? <Review {...props} /> : null}
    </>
  )
}

const isMissingShare = (error: unknown): boolean =>
  error instanceof ChartsealError && ['break-glass/no-share', 'break-glass/other-share'].includes(error.code)

const isOfSheet = (error: unknown): boolean =>
  isMissingShare(error) || (error instanceof ChartsealError && error.code.startsWith('shamir/'))

function ReleaseShare(props: RequestProps & { readonly share: number }) {
  const { one, share, emergencies, words, texts } = props
  const { task } = emergencies
  const obstacle = emergencies.whyNotRelease(one)
  const who = nameOfKid(one.state.request.by, props)
  if (obstacle !== null) return <EmergencyFailure error={obstacle} words={words} texts={texts} />
  if (isOfSheet(task.error.value))
    return (
      <div class="note">
        <p>{words('emergency.release.sheet.help', { index: share })}</p>
        <Scanner
          texts={texts}
          textLabel={words('emergency.release.sheet', { index: share })}
          textGo={words('emergency.release.sheet.go')}
          onText={text => void emergencies.release(one, text)}
        />
      </div>
    )
  return (
    <Ask
      open={words('emergency.release')}
      ask={words('emergency.release.ask', { who })}
      help={words('emergency.release.help')}
      go={words('emergency.release.go')}
      cancel={words('emergency.cancel')}
      isBusy={task.isBusy.value}
      act={() => void emergencies.release(one)}
    />
  )
}

function OpenRecord({ one, emergencies, words }: RequestProps) {
  return (
    <div>
      <button
        type="button"
        class="danger"
        disabled={emergencies.task.isBusy.value}
        onClick={() => void emergencies.open(one)}
      >
        {words('emergency.open')}
      </button>
      <p class="help">{words('emergency.open.help')}</p>
    </div>
  )
}

function Record({ record, ...props }: RequestProps & { readonly record: EmergencyRecord }) {
  const { one, words, texts } = props
  const { name, content, mediaType, useless } = record
  return (
    <div class="attachment">
      <p role="status" class="good">
        {words('emergency.opened', { name, size: texts.size(content.length) })}
      </p>
      <p>{words('emergency.opened.until', { when: texts.when(one.state.request.content.accessUntilMs) })}</p>
      {useless.length === 0 ? null : (
        <p class="note">
          {words('emergency.opened.useless', {
            names: useless.map(kid => nameOfKid(kid, props)).join(', '),
          })}
        </p>
      )}
      <OpenedFile
        name={name}
        mediaType={mediaType}
        alt={words('emergency.opened.alt', { name })}
        show={words('emergency.opened.show')}
        save={words('emergency.opened.save')}
        use={take => take(content)}
      />
    </div>
  )
}

interface WithTextProps extends RequestProps {
  readonly title: EmergencyKey
  readonly label: EmergencyKey
  readonly go: EmergencyKey
  readonly act: (text: string) => Promise<boolean>
}

/** An act with words of its own: they are signed, so that they are written first. */
function WithText({ title, label, go, act, emergencies, words }: WithTextProps) {
  const text = useSignal('')
  const id = `glass-${title.split('.').at(-1)}`
  return (
    <details>
      <summary>{words(title)}</summary>
      <form
        onSubmit={event => {
          event.preventDefault()
          void act(text.value.trim())
        }}
      >
        <Field id={id} label={words(label)}>
          <textarea
            id={id}
            rows={2}
            maxLength={maxTextLength}
            value={text.value}
            onInput={({ currentTarget }) => (text.value = currentTarget.value)}
          />
        </Field>
        <button type="submit" class="danger" disabled={emergencies.task.isBusy.value}>
          {words(go)}
        </button>
      </form>
    </details>
  )
}

function Review({ one, emergencies, words }: RequestProps) {
  const verdict = useSignal<ReviewVerdict | null>(null)
  const text = useSignal('')
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        const { value: judged } = verdict
        if (judged !== null) void emergencies.review(one, judged, text.value.trim())
      }}
    >
      <h2>{words('emergency.review')}</h2>
      <fieldset>
        <legend>{words('emergency.review.verdict')}</legend>
        {reviewVerdicts.map(value => (
          <label key={value} class="check">
            <input
              type="radio"
              name="verdict"
              required
              checked={verdict.value === value}
              onChange={() => (verdict.value = value)}
            />{' '}
            {words(`emergency.verdict.${value}`)}
          </label>
        ))}
      </fieldset>
      <Field id="glass-review" label={words('emergency.review.text')} help={words('emergency.review.help')}>
        <textarea
          id="glass-review"
          rows={3}
          required
          maxLength={maxTextLength}
          aria-describedby="glass-review-help"
          value={text.value}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        />
      </Field>
      <button type="submit" disabled={emergencies.task.isBusy.value}>
        {words('emergency.review.go')}
      </button>
    </form>
  )
}
