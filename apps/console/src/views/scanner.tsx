/** Three ways to take a code: camera, file, text. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { readCodeFile, watchCamera } from '../browser/qr.js'
import type { Texts } from '../text/texts.js'
import { Failure, Field, FileButton, valuesOf } from './parts.js'

export interface ScannerProps {
  readonly texts: Texts
  readonly textLabel: string
  readonly textGo: string
  readonly onText: (text: string) => void
}

export function Scanner({ texts, textLabel, textGo, onText }: ScannerProps) {
  const { t } = texts
  const isWatching = useSignal(false)
  const error = useSignal<unknown>(null)
  const fromFile = async (file: File): Promise<void> => {
    error.value = null
    try {
      onText(await readCodeFile(file))
    } catch (reason) {
      error.value = reason
    }
  }
  return (
    <div class="scanner">
      <div class="row">
        <button type="button" onClick={() => (isWatching.value = !isWatching.value)}>
          {t(isWatching.value ? 'pair.camera.stop' : 'pair.camera')}
        </button>
        <FileButton label={t('pair.file')} accept="image/*,text/plain,.txt" onFile={fromFile} />
      </div>
      {isWatching.value ? (
        <Camera
          label={t('pair.camera.view')}
          onText={text => {
            isWatching.value = false
            onText(text)
          }}
          onError={reason => {
            isWatching.value = false
            error.value = reason
          }}
        />
      ) : null}
      <Failure error={error.value} texts={texts} />
      <form
        onSubmit={event => {
          event.preventDefault()
          onText(valuesOf(event.currentTarget)('code'))
        }}
      >
        <Field id="scan-text" label={textLabel}>
          <textarea id="scan-text" name="code" rows={3} required spellcheck={false} autocomplete="off" />
        </Field>
        <button type="submit" class="quiet">
          {textGo}
        </button>
      </form>
    </div>
  )
}

function Camera({
  label,
  onText,
  onError,
}: {
  label: string
  onText: (text: string) => void
  onError: (error: unknown) => void
}) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const stopping = new AbortController()
    if (video.current !== null)
      watchCamera(video.current, stopping.signal).then(text => {
        if (text !== null) onText(text)
      }, onError)
    return () => stopping.abort()
  }, [])
  return <video ref={video} class="camera" aria-label={label} muted playsInline />
}
