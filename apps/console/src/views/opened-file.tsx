/** A file that this device can read: an image is drawn only when a person asks for it, from memory; any may be saved. */
import { ownBuffer } from '@chartseal/core/bytes'
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { saveFile } from '../browser/files.js'

/** Media types that browsers draw without running anything: no SVG. */
const drawable = /^image\/(png|jpeg|gif|webp|avif)$/

interface OpenedFileProps {
  readonly name: string
  readonly mediaType: string
  /** Words for the image, and on the buttons. */
  readonly alt: string
  readonly show: string
  readonly save: string
  readonly isSmall?: boolean
  /** Gives the content when a person asks for it. */
  readonly use: (take: (content: Uint8Array) => void) => void
  /** Between the image and the buttons. */
  readonly children?: ComponentChildren
}

export function OpenedFile({ name, mediaType, isSmall = false, use, children, ...words }: OpenedFileProps) {
  const url = useSignal('')
  useEffect(() => () => URL.revokeObjectURL(url.peek()), [])
  const draw = (content: Uint8Array): void => {
    url.value = URL.createObjectURL(new Blob([ownBuffer(content)], { type: mediaType }))
  }
  return (
    <>
      {url.value === '' ? null : <img src={url.value} alt={words.alt} />}
      {children}
      <div class="row">
        {drawable.test(mediaType) && url.value === '' ? (
          <button type="button" class={isSmall ? 'quiet small' : undefined} onClick={() => use(draw)}>
            {words.show}
          </button>
        ) : null}
        <button
          type="button"
          class={isSmall ? 'quiet small' : 'quiet'}
          onClick={() => use(content => saveFile(name, content))}
        >
          {words.save}
        </button>
      </div>
    </>
  )
}
