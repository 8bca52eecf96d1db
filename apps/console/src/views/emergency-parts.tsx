/** What the screens of break-glass share. */
import { phaseAt, waitsUntilMs } from '@chartseal/clinic/break-glass'
import { useEffect, useMemo } from 'preact/hooks'
import type { Followed } from '../emergency/follow.js'
import type { App } from '../state/app.js'
import { type Emergencies, emergenciesOf, type Found } from '../state/emergency/emergencies.js'
import { strangersIn } from '../state/emergency/seat.js'
import type { Session } from '../state/session.js'
import type { Task } from '../state/task.js'
import { emergencyErrorText } from '../text/emergency-errors.js'
import type { EmergencyKey, EmergencyWords } from '../text/emergency-words.js'
import type { Texts } from '../text/texts.js'
import { nameOfDevice } from './name-of-device.js'
import { Failure, TaskFailure } from './parts.js'

export interface EmergencyProps {
  readonly app: App
  readonly session: Session
  readonly emergencies: Emergencies
  readonly found: Found
  readonly words: EmergencyWords
  readonly texts: Texts
  readonly nowMs: number
}

export interface RequestProps extends EmergencyProps {
  readonly one: Followed
}

/** Read when the screen opens, when the clinic answers again, and whenever something came. */
export function useEmergencies(session: Session): Emergencies {
  const emergencies = useMemo(() => emergenciesOf(session), [session])
  useEffect(
    () => void emergencies.refresh(),
    [emergencies, session.requestNews.value, session.isOnline.value],
  )
  return emergencies
}

export type EmergencyPartProps = Pick<EmergencyProps, 'emergencies' | 'words' | 'texts'>

/** Why what stands here may be old. */
export function Reading({ emergencies, words, texts }: EmergencyPartProps) {
  const { error } = emergencies.reading
  return (
    <>
      <EmergencyFailure error={error.value} words={words} texts={texts} />
      {error.value === null ? null : (
        <button type="button" class="quiet" onClick={() => void emergencies.refresh()}>
          {words('emergency.again')}
        </button>
      )}
    </>
  )
}

type FailureProps = Pick<EmergencyPartProps, 'words' | 'texts'>

const inWords =
  (words: EmergencyWords) =>
  (error: unknown, texts: Texts): string =>
    emergencyErrorText(error, words, texts)

export function EmergencyFailure({ error, words, texts }: FailureProps & { readonly error: unknown }) {
  return <Failure error={error} texts={texts} say={inWords(words)} />
}

/** What a person began and failed, or takes long. */
export function ActFailure({ task, words, texts }: FailureProps & { readonly task: Task }) {
  return <TaskFailure task={task} texts={texts} say={inWords(words)} />
}

export function phaseKey({ state }: Followed, nowMs: number): EmergencyKey {
  const phase = phaseAt(state, nowMs)
  return phase === 'released' && nowMs < waitsUntilMs(state)
    ? 'emergency.phase.waiting'
    : `emergency.phase.${phase}`
}

/** Whole minutes; what took less than one is one. */
export const minutesText = (minutes: number): number => Math.max(1, Math.round(minutes))

/** What a device is called here. */
export function nameOfKid(
  kid: string,
  { session, emergencies, words }: Pick<EmergencyProps, 'session' | 'emergencies' | 'words'>,
): string {
  if (kid === session.device.kid) return words('emergency.you')
  return nameOfDevice(kid, session, emergencies.roster) ?? words('emergency.device', { kid: kid.slice(0, 8) })
}

/** That the roster does not stand behind somebody who signed: the word of a stranger, or of somebody of before. */
export function StrangerBadge({ one, emergencies, words }: Omit<RequestProps, 'found'>) {
  if (strangersIn(one.state, emergencies.roster).length === 0) return null
  return <span class="badge warn">{words('emergency.stranger.badge')}</span>
}
