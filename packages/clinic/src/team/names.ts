/** What the sealed messages of a care team are called. */

export const teamInvitationType = 'application/vnd.chartseal.team+json'
export const teamAnswerType = 'application/vnd.chartseal.team-answer+json'
export const teamWelcomeType = 'application/vnd.chartseal.team-welcome+cbor'

/** What a sealed message of a pair is for a care team; `null` for any other. */
export function teamKindOf(mediaType: string): 'invitation' | 'answer' | 'welcome' | null {
  if (mediaType === teamInvitationType) return 'invitation'
  if (mediaType === teamAnswerType) return 'answer'
  return mediaType === teamWelcomeType ? 'welcome' : null
}
