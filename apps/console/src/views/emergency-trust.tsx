/** Whom this device believes in an emergency, and the shares that it keeps. */
import type { EmergencySet, Statement } from '@chartseal/clinic/break-glass'
import { nameIn } from '@chartseal/clinic/roster'
import { useSignal } from '@preact/signals'
import { policyOfText } from '../access/witnesses.js'
import { isRostered } from '../state/emergency/emergencies.js'
import { ActFailure, type EmergencyProps } from './emergency-parts.js'
import { RosterChanges, RosterList } from './emergency-roster.js'
import { Qr } from './qr.js'

/** The list of staff, and the witnesses: another one than before waits for a person. */
export function Trusted(props: EmergencyProps) {
  const { session, emergencies, found, words } = props
  const { roster } = found
  const isWatcher = isRostered(emergencies.roster, session.device.kid, 'watcher')
  const isBusy = emergencies.keeping.isBusy.value
  return (
    <>
      {roster === null ? <p class="note">{words('emergency.roster.none')}</p> : null}
      {roster === null || roster.next === null ? null : (
        <div class="note">
          <p>
            {words('emergency.roster.next', {
              seq: roster.next.roster.seq,
              digest: roster.next.digest.slice(0, 16),
              known: roster.believed.roster.seq,
            })}
          </p>
          <RosterChanges before={roster.believed.roster} next={roster.next.roster} {...props} />
          <button type="button" disabled={isBusy} onClick={() => void emergencies.takeRoster()}>
            {words('emergency.roster.take', { seq: roster.next.roster.seq })}
          </button>
        </div>
      )}
      <WitnessNews {...props} />
      {roster === null || roster.next !== null ? null : (
        <p class="help">
          {words('emergency.roster', {
            seq: roster.believed.roster.seq,
            digest: roster.believed.digest.slice(0, 16),
          })}
        </p>
      )}
      {roster !== null && isWatcher ? <RosterList roster={roster.believed.roster} {...props} /> : null}
    </>
  )
}

/** Their names and keys, as a policy lists them. */
function witnessNames(text: string | null): string {
  const policy = policyOfText(text)
  return (policy?.witnesses ?? []).map(({ verifier }) => nameOfKey(verifier.verifierKey)).join(', ')
}

const nameOfKey = (verifierKey: string): string => verifierKey.split('+').slice(0, 2).join('+')

function WitnessNews({ session, emergencies, words }: EmergencyProps) {
  const { clinic, remote } = session
  const pinned = clinic.log.policy
  const today = remote.value?.log.policy ?? pinned
  const isOther = today !== pinned && witnessNames(today) !== ''
  if (!isOther)
    return witnessNames(pinned) === '' ? <p class="note">{words('emergency.witnesses.none')}</p> : null
  return (
    <div class="note">
      <p>{words('emergency.witnesses.next', { names: witnessNames(today) })}</p>
      <button
        type="button"
        disabled={emergencies.keeping.isBusy.value}
        onClick={() => void emergencies.takeWitnesses()}
      >
        {words('emergency.witnesses.take')}
      </button>
    </div>
  )
}

export function Custody(props: EmergencyProps) {
  const { session, emergencies, found, words } = props
  const { kid } = session.device
  const { roster } = emergencies
  const short = words('emergency.device', { kid: kid.slice(0, 8) })
  const name = roster === null ? short : (nameIn(roster, kid) ?? short)
  const mine = found.sets.filter(({ set }) => set.content.custodians.some(one => one.kid === kid))
  return (
    <>
      <h2>{words('emergency.custody')}</h2>
      <p class="help">{words('emergency.custody.help')}</p>
      {found.keepsShares ? (
        <p class="good">{words('emergency.custody.ready', { name })}</p>
      ) : (
        <button
          type="button"
          disabled={emergencies.keeping.isBusy.value}
          onClick={() => void emergencies.keepShares()}
        >
          {words('emergency.custody.begin')}
        </button>
      )}
      <ActFailure {...props} task={emergencies.keeping} />
      <ul class="list">
        {mine.map(({ set }) => (
          <ShareLine key={set.hash.join()} set={set} {...props} />
        ))}
      </ul>
    </>
  )
}

function ShareLine({
  set,
  session,
  emergencies,
  words,
}: EmergencyProps & { readonly set: Statement<EmergencySet> }) {
  const sheet = useSignal('')
  const { about, custodians, policy } = set.content
  const index = custodians.findIndex(({ kid }) => kid === session.device.kid) + 1
  const show = async (): Promise<void> => {
    sheet.value = (await emergencies.sheet(set)) ?? ''
  }
  return (
    <li class="sheets">
      <p>
        {words('emergency.custody.of', { about, index, of: custodians.length, threshold: policy.threshold })}
      </p>
      {sheet.value === '' ? (
        <button
          type="button"
          class="quiet small"
          disabled={emergencies.keeping.isBusy.value}
          onClick={() => void show()}
        >
          {words('emergency.custody.sheet', { index })}
        </button>
      ) : (
        <div class="sheet">
          <p>{words('emergency.custody.sheet.help')}</p>
          <Qr text={sheet.value} label={words('emergency.release.sheet', { index })} />
          <p class="code" translate={false}>
            {sheet.value}
          </p>
          <button type="button" class="quiet small" onClick={() => (sheet.value = '')}>
            {words('emergency.custody.sheet.hide')}
          </button>
        </div>
      )}
    </li>
  )
}
