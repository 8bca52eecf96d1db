/** SMART Health Links, and the files that they lead to; invitations of clinics. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { parseLink, requireJwe, type ShlLink } from '@chartseal/ipfs-envelope/shl'
import { type Detector, explained, type Told } from './detector.js'

const linkNotes = ['Whoever has it can fetch and read its files; its URL and key are not shown.']

/** Bare, behind the address of a viewer, or somewhere in a text. */
export const healthLink: Detector = ({ text: whole, pasted }) => {
  const sound = pasted.find(({ kind, refusal }) => kind === 'health-link' && refusal === null)
  const text = sound?.text ?? whole
  if (text === null || !/^\s*(?:https?:\/\/[^\s#]*#)?shlink:/.test(text)) return null
  const about = { kind: 'SMART Health Link', secret: true, notes: linkNotes }
  return explained(about, ['decode', () => parseLink(text)], tellLink)
}

function tellLink({ url, key, flags, expSeconds, label }: ShlLink): Told {
  key.wipe()
  return {
    facts: {
      server: new URL(url).host,
      flags: flags === '' ? 'none' : flags,
      ...(expSeconds === null ? {} : { expires: new Date(expSeconds * 1000).toISOString() }),
      ...(label === null ? {} : { label }),
    },
  }
}

/** A JWE under the key itself: its second part is empty. */
export const linkFile: Detector = ({ text }) => {
  if (text === null || !/^\s*eyJ[A-Za-z0-9_-]*\.\.[^.\s]*\.[^.\s]*\.[^.\s]*\s*$/.test(text)) return null
  const about = { kind: 'encrypted file of a SMART Health Link', notes: ['Only the link has its key.'] }
  return explained(about, ['JWE', () => requireJwe(text)], () => ({
    facts: { characters: text.trim().length },
  }))
}

/** A one-time link of a clinic. Its token is never shown. */
export const clinicInvitation: Detector = ({ text }) => {
  const [, clinic, token = ''] = /(?:^|\s)(https?:\/\/[^\s#]+)\/#invite=(\S*)/.exec(text ?? '') ?? []
  if (clinic === undefined) return null
  const notes = ['Good for one device: whoever uses it first is that person for the clinic.']
  const about = { kind: 'invitation of a clinic', secret: true, notes }
  return explained(about, ['token', () => decodeBase64Url(token)], () => ({ facts: { clinic } }))
}
