/**
 * On each screen: conferences that are on, new invitations, an emergency until somebody has read it, and requests of
 * break-glass that wait for this device.
 */
import type { App } from '../state/app.js'
import type { ConferenceNote, EmergencyNote } from '../state/conference/notes.js'
import type { RequestNote } from '../state/emergency/notes.js'
import { formatRoute } from '../state/route.js'
import type { Session } from '../state/session.js'
import type { Texts } from '../text/texts.js'

export function ConferenceBar({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const at = formatRoute(app.route.value)
  return (
    <>
      {session.conferences.value
        .filter(note => `#/${note.at}` !== at)
        .map(note => (
          <p key={note.at} role="status" class={note.kind === 'apart' ? 'banner bad' : 'banner'}>
            {sentence(note, texts)} <a href={`#/${note.at}`}>{texts.t('bar.open')}</a>
          </p>
        ))}
      {session.requestNotes.value
        .filter(note => `#/${note.at}` !== at)
        .map(note => (
          <p key={`${note.at} ${note.kind}`} role="status" class="banner bad">
            {requestSentence(note, texts)} <a href={`#/${note.at}`}>{texts.t('bar.open')}</a>
          </p>
        ))}
      <Emergencies all={session.emergencies.value} texts={texts} />
    </>
  )
}

const sentence = ({ kind, title, peer }: ConferenceNote, { t }: Texts): string =>
  t(`bar.${kind}`, { title, peer })

function requestSentence({ kind, about, isDrill, untilMs }: RequestNote, { t, when }: Texts): string {
  const text = t(`bar.request.${kind}`, { about, until: when(untilMs) })
  return isDrill ? t('bar.request.drill', { text }) : text
}

/** There before the first one, so that it is read aloud when it comes. */
function Emergencies({ all, texts: { t, when } }: { all: readonly EmergencyNote[]; texts: Texts }) {
  return (
    <div role="alert" aria-live="assertive" class={all.length === 0 ? 'failure-none' : 'emergencies'}>
      {all.map(({ at, text, atMs, peer, read }) => (
        <div key={`${at} ${atMs}`} class="emergency">
          <p class="meta">{t('bar.emergency', { peer, when: when(atMs) })}</p>
          <p class="text">{text}</p>
          <button type="button" class="small" onClick={() => void read()}>
            {t('bar.emergency.read')}
          </button>
        </div>
      ))}
    </div>
  )
}
