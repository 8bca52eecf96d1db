/** How a record is taken back, from the least to the most; what a step does not achieve is read before it is taken. */
import { type RevocationStep, revocationStatement } from '@chartseal/ipfs-envelope'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Reader } from '../records/own-row.js'
import type { Words } from '../text/record-words.js'
import type { OwnProps } from './own-record.js'

export function Ladder({ record, screen, words }: OwnProps) {
  const isServed = record.serves
  return (
    <>
      <h2>{words('own.ladder')}</h2>
      <p class="help">{words('own.ladder.lead')}</p>
      <div class="ladder">
        {isServed ? (
          <Step step="stop-serving" act={screen.stop} screen={screen} words={words} />
        ) : (
          <button type="button" disabled={screen.task.isBusy.value} onClick={() => void screen.serve()}>
            {words('own.serve')}
          </button>
        )}
        <Step step="re-encrypt" act={screen.reKey} screen={screen} words={words} />
        <Step step="shred" act={screen.shred} screen={screen} words={words} isLast />
      </div>
    </>
  )
}

export function TakeBackStep({ reader, screen, words }: OwnProps & { reader: Reader }) {
  const { kid, name } = reader
  return (
    <Step
      step="new-grants"
      name={name}
      act={() => screen.takeBack(kid)}
      screen={screen}
      words={words}
      go={words('own.take-back', { name })}
    />
  )
}

interface StepProps {
  readonly step: RevocationStep
  readonly act: () => Promise<boolean>
  readonly screen: OwnProps['screen']
  readonly words: Words
  readonly name?: string
  /** What its button says, where that is not the step's own name. */
  readonly go?: string
  /** It cannot be undone. */
  readonly isLast?: boolean
}

function Step({
  step,
  act,
  screen,
  words,
  name = '',
  go = words(`step.${step}`),
  isLast = false,
}: StepProps) {
  const isAsking = useSignal(false)
  const asked = useRef<HTMLFieldSetElement>(null)
  useEffect(() => asked.current?.focus(), [isAsking.value])
  const isBusy = screen.task.isBusy.value
  if (!isAsking.value)
    return (
      <button
        type="button"
        class={isLast ? 'danger small' : 'quiet small'}
        disabled={isBusy}
        onClick={() => (isAsking.value = true)}
      >
        {go}
      </button>
    )
  const done = async (): Promise<void> => {
    if (await act()) isAsking.value = false
  }
  return (
    <fieldset ref={asked} class="note statement" tabIndex={-1}>
      <legend>{go}</legend>
      <p>{words(`step.${step}.help`, { name })}</p>
      <Statement step={step} words={words} />
      <div class="row">
        <button
          type="button"
          class={isLast ? 'danger small' : 'small'}
          disabled={isBusy}
          onClick={() => void done()}
        >
          {isBusy ? words('own.busy') : go}
        </button>
        <button type="button" class="quiet small" disabled={isBusy} onClick={() => (isAsking.value = false)}>
          {words('own.cancel')}
        </button>
      </div>
    </fieldset>
  )
}

function Statement({ step, words }: { step: RevocationStep; words: Words }) {
  const { achieves, doesNotAchieve } = revocationStatement(step)
  return (
    <>
      <p>{words('own.does')}</p>
      <ul>
        {achieves.map(code => (
          <li key={code}>{words(`does.${code}`)}</li>
        ))}
      </ul>
      <p>{words('own.does-not')}</p>
      <ul>
        {doesNotAchieve.map(code => (
          <li key={code}>{words(`limit.${code}`)}</li>
        ))}
      </ul>
    </>
  )
}
