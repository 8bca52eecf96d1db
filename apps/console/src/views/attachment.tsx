/** A file of a thread: an image is drawn only when a person asks for it, from memory. */
import { ownBuffer } from '@chartseal/core/bytes'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { saveFile } from '../browser/files.js'
import { consoleError } from '../errors.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import type { Texts } from '../text/texts.js'
import { cleanFileName } from '../thread/file-name.js'
import { fileKeyOf, type MessageRow } from '../thread/message-row.js'
import { drawable } from './drawable.js'
import { TaskFailure } from './parts.js'

interface AttachmentProps {
  readonly row: Pick<MessageRow, 'key' | 'fileName' | 'mediaType' | 'sizeBytes'>
  readonly session: Session
  readonly texts: Texts
  /** Where its bytes are. */
  readonly fileKey?: string
}

export function Attachment({ row, session, texts, fileKey = fileKeyOf(row.key) }: AttachmentProps) {
  const { t, size } = texts
  const name = cleanFileName(row.fileName)
  const url = useSignal('')
  useEffect(() => () => URL.revokeObjectURL(url.peek()), [])
  const task = useMemo(() => createTask(session, 'device'), [])
  const use = (take: (bytes: Uint8Array) => void): void =>
    void task.queue(async () => {
      const found = await session.unlocked.rows.get(fileKey)
      if (found === null) throw consoleError('console/damaged-row', { row: 'file' })
      take(found)
    })
  const show = (bytes: Uint8Array): void => {
    url.value = URL.createObjectURL(new Blob([ownBuffer(bytes)], { type: row.mediaType }))
  }
  return (
    <div class="attachment">
      <p class="text">
        <bdi>{name}</bdi>, {size(row.sizeBytes)}
      </p>
      {url.value === '' ? null : <img src={url.value} alt={t('thread.file.alt', { name })} />}
      <TaskFailure task={task} texts={texts} />
      <div class="row">
        {drawable.test(row.mediaType) && url.value === '' ? (
          <button type="button" class="quiet small" onClick={() => use(show)}>
            {t('thread.file.show')}
          </button>
        ) : null}
        <button type="button" class="quiet small" onClick={() => use(bytes => saveFile(name, bytes))}>
          {t('thread.file.save')}
        </button>
      </div>
    </div>
  )
}
