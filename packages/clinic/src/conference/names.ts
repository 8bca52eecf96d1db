/** What the sealed messages of a conference are called. */

export const invitationType = 'application/vnd.chartseal.conference+json'
export const answerType = 'application/vnd.chartseal.conference-answer+json'
