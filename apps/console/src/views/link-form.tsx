/** Making a SMART Health Link of one file. */
import { useEffect, useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import { createLinkForm, type LinkForm as LinkFormState, maxLabelChars } from '../state/link.js'
import type { Session } from '../state/session.js'
import { type Words, wordsOf } from '../text/record-words.js'
import { DropFile } from './drop.js'
import { Field, TaskFailure } from './parts.js'
import { Until } from './share.js'

export function LinkForm({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = wordsOf(texts)
  const form = useMemo(() => createLinkForm(session), [session])
  useEffect(() => form.leave, [form])
  const make = async (): Promise<void> => {
    const id = await form.make()
    const { screen, pairId } = app.route.peek()
    // Whoever went elsewhere meanwhile stays there.
    if (id !== null && screen === 'link' && pairId === '') app.route.value = { screen: 'link', pairId: id }
  }
  const isBusy = form.task.isBusy.value
  return (
    <section class="wide">
      <a class="step" href="#/records">
        {words('records.back')}
      </a>
      <h1>{words('link.title')}</h1>
      <p>{words('link.lead')}</p>
      <form
        onSubmit={event => {
          event.preventDefault()
          void make()
        }}
      >
        <DropFile
          {...{ words, texts, isBusy, file: form.file.value, onFile: form.take }}
          legend="link.file"
          help="link.drop"
        />
        <About form={form} words={words} />
        <Kinds form={form} words={words} />
        <TaskFailure task={form.task} texts={texts} />
        <button type="submit" disabled={isBusy || !form.isReady.value}>
          {words(isBusy ? 'link.making' : form.isReady.value ? 'link.go' : 'link.go.none')}
        </button>
      </form>
    </section>
  )
}

interface PartProps {
  readonly form: LinkFormState
  readonly words: Words
}

function About({ form, words }: PartProps) {
  return (
    <>
      <Field id="link-label" label={words('link.label')}>
        <input
          id="link-label"
          autocomplete="off"
          maxLength={maxLabelChars}
          value={form.label.value}
          onInput={({ currentTarget }) => (form.label.value = currentTarget.value)}
        />
      </Field>
      <Until days={form.days} words={words} />
      <Field id="link-passcode" label={words('link.passcode')} help={words('link.passcode.help')}>
        <input
          id="link-passcode"
          autocomplete="off"
          value={form.passcode.value}
          aria-describedby="link-passcode-help"
          onInput={({ currentTarget }) => (form.passcode.value = currentTarget.value)}
        />
      </Field>
    </>
  )
}

function Kinds({ form, words }: PartProps) {
  return (
    <fieldset disabled={form.task.isBusy.value}>
      <legend>{words('link.kinds')}</legend>
      <label class="check">
        <input
          type="checkbox"
          checked={form.isLongTerm.value}
          onChange={({ currentTarget }) => (form.isLongTerm.value = currentTarget.checked)}
        />
        {words('link.long')}
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={form.isDirect.value && form.passcode.value === ''}
          disabled={form.passcode.value !== ''}
          onChange={({ currentTarget }) => (form.isDirect.value = currentTarget.checked)}
        />
        {words('link.direct')}
      </label>
    </fieldset>
  )
}
