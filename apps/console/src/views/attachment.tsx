/** A file of a thread. */
import { useMemo } from 'preact/hooks'
import { consoleError } from '../errors.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import type { Texts } from '../text/texts.js'
import { cleanFileName } from '../thread/file-name.js'
import { fileKeyOf, type MessageRow } from '../thread/message-row.js'
import { OpenedFile } from './opened-file.js'
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
  const task = useMemo(() => createTask(session, 'device'), [])
  const use = (take: (bytes: Uint8Array) => void): void =>
    void task.queue(async () => {
      const found = await session.unlocked.rows.get(fileKey)
      if (found === null) throw consoleError('console/damaged-row', { row: 'file' })
      take(found)
    })
  return (
    <div class="attachment">
      <p class="text">
        <bdi>{name}</bdi>, {size(row.sizeBytes)}
      </p>
      <OpenedFile
        name={name}
        mediaType={row.mediaType}
        alt={t('thread.file.alt', { name })}
        show={t('thread.file.show')}
        save={t('thread.file.save')}
        isSmall
        use={use}
      >
        <TaskFailure task={task} texts={texts} />
      </OpenedFile>
    </div>
  )
}
