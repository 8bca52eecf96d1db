/** Bringing the keys of a lost device back from a kit. */
import { useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import { createRestoreScreen } from '../state/kit.js'
import type { Session } from '../state/session.js'
import { FileButton, TaskFailure } from './parts.js'
import { Scanner } from './scanner.js'

export function Restore({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const { t, n } = texts
  const screen = useMemo(() => createRestoreScreen(session), [session])
  const { book, sheets } = screen.collected.value
  const takeBook = async (file: File): Promise<void> =>
    screen.takeBook(new Uint8Array(await file.arrayBuffer()))
  return (
    <section class="narrow">
      <h1>{t('kit.restore')}</h1>
      <p>{t('kit.restore.lead')}</p>
      <p role="status">
        {t('kit.restore.have', {
          file: t(book === null ? 'kit.restore.no' : 'kit.restore.yes'),
          sheets: sheets.length,
        })}
      </p>
      <FileButton label={t('kit.restore.file')} onFile={file => void takeBook(file)} />
      <h2>{t('kit.restore.sheet')}</h2>
      <Scanner
        texts={texts}
        textLabel={t('kit.scan.text')}
        textGo={t('kit.restore.sheet')}
        onText={text => void screen.takeSheet(text)}
      />
      <TaskFailure task={screen.task} texts={texts} />
      <button
        type="button"
        disabled={!screen.isComplete.value || screen.task.isBusy.value}
        onClick={() => void screen.restore()}
      >
        {t('kit.restore.go')}
      </button>
      {screen.restored.value === null ? null : (
        <p role="status" class="good">
          {screen.restored.value === 0 ? t('kit.restored.none') : n('kit.restored', screen.restored.value)}
        </p>
      )}
      {(screen.restored.value ?? 0) === 0 ? null : (
        <a class="button" href="#/kit">
          {t('kit.again')}
        </a>
      )}
    </section>
  )
}
