/** A file of a thread: an image is drawn only when a person asks for it, from memory. */
import { ownBuffer } from '@chartseal/core/bytes'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { saveFile } from '../browser/files.js'
import type { Session } from '../state/session.js'
import type { Texts } from '../text/texts.js'
import { cleanFileName } from '../thread/file-name.js'
import { fileKeyOf, type MessageRow } from '../thread/message-row.js'

/** What browsers draw without running anything: no SVG. */
const drawable = /^image\/(png|jpeg|gif|webp|avif)$/

export function Attachment({ row, session, texts }: { row: MessageRow; session: Session; texts: Texts }) {
  const { t, size } = texts
  const name = cleanFileName(row.fileName)
  const url = useSignal('')
  useEffect(() => () => URL.revokeObjectURL(url.peek()), [])
  const bytes = (): Promise<Uint8Array | null> => session.unlocked.rows.get(fileKeyOf(row.key))
  const show = async (): Promise<void> => {
    const found = await bytes()
    if (found !== null) url.value = URL.createObjectURL(new Blob([ownBuffer(found)], { type: row.mediaType }))
  }
  const save = async (): Promise<void> => {
    const found = await bytes()
    if (found !== null) saveFile(name, found)
  }
  return (
    <div class="attachment">
      <p class="text">
        <bdi>{name}</bdi>, {size(row.sizeBytes)}
      </p>
      {url.value === '' ? null : <img src={url.value} alt={t('thread.file.alt', { name })} />}
      <div class="row">
        {drawable.test(row.mediaType) && url.value === '' ? (
          <button type="button" class="quiet small" onClick={() => void show()}>
            {t('thread.file.show')}
          </button>
        ) : null}
        <button type="button" class="quiet small" onClick={() => void save()}>
          {t('thread.file.save')}
        </button>
      </div>
    </div>
  )
}
