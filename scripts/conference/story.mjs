/** What a patient goes through in a conference, told by both ends. */
import { copyFileSync } from 'node:fs'
import { Finding } from './events.mjs'
import { Peer } from './peer.mjs'
import { anotherSigningKey } from './scene.mjs'

/** So wrong that the relay, which lets a hello be an hour off, has to say the time. */
const clockErrorMs = -7_200_000
/** Version, opcode and flags. */
const ofBroadcast = '022808'
// As long as a text may be, and one whose frame has no short length.
const whileAway = 'While you were away. '.padEnd(65_536, '.')
const whileBlocked = 'For you alone now.'
const dizzy = 'I feel dizzy. ✓ '.padEnd(300, '.')

export class Story {
  #conference
  #record
  #peer
  steps = 0

  constructor(conference, record) {
    this.#conference = conference
    this.#record = record
  }

  /** Where it stands, when it does not go on. */
  get state() {
    const { doctor, ours } = this.#conference
    return [doctor, ours, this.#peer?.events].map(events => events?.state).join('\n')
  }

  async told() {
    await this.#doctor({ kind: 'live' })
    try {
      await this.#comesIn()
      await this.#hears()
      await this.#followsTheGroup()
      await this.#speaksAlone()
      await this.#diesAndComesBack()
      await this.#comesBackWithAnOldRecord()
      await this.#leavesAndComesBack()
      await this.#leavesWhileAway()
      await this.#trustsOneDoctor()
      await this.#missesAFrame()
      await this.#meetsANewCore()
      await this.#end()
    } finally {
      await this.#peer?.killed()
      await this.#conference.close()
    }
  }

  /** A new process, which may have pinned other keys. */
  #begins(pinned = {}) {
    this.#peer = new Peer()
    const { forThem } = this.#conference
    this.#peer.ask('begin', { ...forThem, ...pinned, record: this.#record, clock_error_ms: clockErrorMs })
    this.#peer.ask('join')
  }

  async #dies() {
    await this.#peer.killed()
    await this.#doctor({ kind: 'away', patient: 'theirs' })
  }

  async #isBackBy(by, where = {}) {
    await this.#doctor({ kind: 'returned', patient: 'theirs', by })
    await this.#them({ event: 'in', ...where })
  }

  async #comesIn() {
    this.#begins()
    await this.#them({ event: 'refused', reason: 'clock' })
    await this.#them({ event: 'in', since: 0 })
    await this.#doctor({ kind: 'joined', patient: 'theirs' })
  }

  /** A broadcast, which begins an epoch, and an emergency message; both are acknowledged. */
  async #hears() {
    this.#says('Good morning.')
    await this.#hear('Good morning.', false)
    this.#conference.order('say', { text: 'Stop the tablets of lot 7.', emergency: true })
    await this.#hear('Stop the tablets of lot 7.', true)
    await this.#acknowledged(2n)
    await this.#them({ event: 'head', seq: 2, live: true })
  }

  /** Another patient joins, and is blocked: what is said then is not for them. */
  async #followsTheGroup() {
    const { ours } = this.#conference
    this.#conference.oursJoins()
    await ours.take({ kind: 'joined' })
    this.#says('Welcome.')
    await this.#them({ event: 'commit', epoch: 2 })
    await this.#hear('Welcome.', false)
    await ours.take({ kind: 'message', text: 'Welcome.' })
    this.#conference.order('block', { patient: 'ours', untilLifted: true })
    await ours.take({ kind: 'blocked' })
    await this.#them({ event: 'commit', epoch: 3 })
    this.#says(whileBlocked)
    await this.#hear(whileBlocked, false)
  }

  async #speaksAlone() {
    this.#peer.ask('say', { text: dizzy })
    await this.#doctor({ kind: 'direct', patient: 'theirs', id: 1n, text: dizzy })
    await this.#them({ event: 'heard', id: 1 })
    this.#conference.order('direct', { patient: 'theirs', text: 'Sit down.' })
    await this.#them({ event: 'direct', id: 1, text: 'Sit down.' })
    await this.#doctor({ kind: 'direct-received', patient: 'theirs', id: 1n })
  }

  /** Killed; another process goes on with the record and its ticket, and gets what was said meanwhile, in two epochs. */
  async #diesAndComesBack() {
    await this.#acknowledged(5n)
    await this.#dies()
    copyFileSync(this.#record, `${this.#record}.old`)
    const { ours } = this.#conference
    this.#says(whileAway)
    this.#conference.oursComesAgain()
    await ours.take({ kind: 'joined' })
    this.#says('Welcome again.')
    await ours.take({ kind: 'message', text: 'Welcome again.' })
    this.#begins()
    await this.#isBackBy('ticket', { after: 5 })
    await this.#hear(whileAway, false)
    await this.#hear('Welcome again.', false)
  }

  /** With an older copy of the record: its ticket was used, and what came since comes once more. */
  async #comesBackWithAnOldRecord() {
    await this.#acknowledged(7n)
    await this.#dies()
    copyFileSync(`${this.#record}.old`, this.#record)
    this.#begins()
    await this.#them({ event: 'refused', reason: 'ticket' })
    await this.#isBackBy('handshake', { after: 5 })
    await this.#hear(whileAway, false)
    await this.#hear('Welcome again.', false)
  }

  /** Out, what is said then is not for them, and a member again. */
  async #leavesAndComesBack() {
    this.#peer.ask('leave')
    await this.#them({ event: 'left' })
    await this.#doctor({ kind: 'left', patient: 'theirs', reason: 'exit' })
    this.#says('Not for you.')
    await this.#doctor({ kind: 'logged', sequence: this.#conference.newest })
    this.#peer.ask('join')
    await this.#them({ event: 'gap', reason: 'not-member' })
    await this.#them({ event: 'in' })
    this.#says('Here you are.')
    await this.#hear('Here you are.', false)
  }

  /** Said with the next proof. */
  async #leavesWhileAway() {
    this.#peer.ask('cut')
    await this.#doctor({ kind: 'away', patient: 'theirs' })
    this.#peer.ask('leave')
    this.#peer.ask('join')
    await this.#them({ event: 'left' })
    await this.#doctor({ kind: 'left', patient: 'theirs', reason: 'exit' })
    this.#peer.ask('join')
    await this.#them({ event: 'in' })
  }

  /** What another key than the pinned one has signed is left alone, and comes again where the right one is pinned. */
  async #trustsOneDoctor() {
    await this.#dies()
    this.#begins({ doctor_signing: anotherSigningKey() })
    await this.#isBackBy('ticket')
    this.#says('Signed by the doctor.')
    await this.#them({ event: 'ignored', header: ofBroadcast })
    await this.#dies()
    this.#begins()
    await this.#isBackBy('ticket')
    await this.#hear('Signed by the doctor.', false)
  }

  /** Kept back twice, it is said to be missing; what follows is read. */
  async #missesAFrame() {
    const missing = Number(this.#conference.newest) + 1
    if (!this.#conference.withhold(missing)) return
    this.#says('Kept back.')
    this.#says('And this is not.')
    await this.#isBackBy('ticket', { after: missing - 1 })
    await this.#them({ event: 'gap', reason: 'withheld', first: missing, last: missing })
    await this.#hear('And this is not.', false)
  }

  /** They connect again by themselves, with the ticket that the core before has given. */
  async #meetsANewCore() {
    await this.#acknowledged(this.#conference.newest)
    await this.#conference.startsAgain()
    await this.#isBackBy('ticket')
    this.#says('I am back.')
    await this.#hear('I am back.', false)
  }

  async #end() {
    this.#conference.order('end')
    await this.#them({ event: 'ended' })
    const code = await this.#peer.ended()
    const left = this.#peer.events.left.map(({ event, text, reason }) =>
      `${event} ${text ?? reason ?? ''}`.trim(),
    )
    const odd = left.filter(one => /^(message|ignored|gap|disconnected|displaced)/.test(one))
    if (code !== 0) throw new Finding(`the patient in Python ended with ${code}`)
    if (odd.length > 0) throw new Finding(`the patient in Python: ${odd.join(', ')}`)
    const heard = this.#conference.ours.left.find(({ text }) => text === whileAway || text === whileBlocked)
    if (heard !== undefined) throw new Finding(`a patient who is blocked has heard: ${heard.text}`)
  }

  #says(text) {
    this.#conference.order('say', { text })
  }

  async #hear(text, emergency) {
    await this.#them({ event: 'message', text, emergency })
  }

  async #them(fields) {
    await this.#peer.events.take(fields)
    this.steps += 1
  }

  async #doctor(fields) {
    await this.#conference.doctor.take(fields)
    this.steps += 1
  }

  async #acknowledged(sequence) {
    // No event says so; the list of the doctor does.
    while (this.#conference.them.acknowledged < sequence) await new Promise(done => setTimeout(done, 20))
    this.steps += 1
  }
}
