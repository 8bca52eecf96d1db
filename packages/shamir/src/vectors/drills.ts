import { decodeHex } from '@chartseal/core/encoding'
import { agree, type CaseRunner, refusalOf } from '@chartseal/core/vectors'
import { answerDrill, checkDrill } from '../drill.js'
import { parseShare } from '../envelope.js'
import { encodeDrillAnswer, parseDrillAnswer } from '../messages.js'
import { rehearse } from '../refresh.js'

/** A drill of a whole set, which the first `threshold` shares prove; or answers that are refused. */
export const drills: CaseRunner = (testCase, { engine }) => {
  const challenge = testCase.hex('challenge')
  const root = testCase.hex('root')
  const shares = testCase.texts('shares').map(text => parseShare(decodeHex(text)))
  const encoded = testCase.texts('answers').map(decodeHex)
  const check = (): readonly number[] => {
    const answers = encoded.map(parseDrillAnswer)
    for (const answer of answers) checkDrill(answer, challenge, root, { engine })
    return rehearse(shares.slice(0, shares[0]?.threshold), root, { engine, drill: { challenge, answers } })
      .proven
  }
  if (testCase.has('refused')) return agree('the refusal', refusalOf(check), testCase.text('refused'))
  for (const [i, share] of shares.entries()) {
    agree('the answer', encodeDrillAnswer(answerDrill(share, challenge, { engine })), encoded[i])
  }
  agree('the proven shares', check().length, shares.length)
}
