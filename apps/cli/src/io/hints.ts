/** The command to run next. Packages say what to do in words: whoever reads a page or a chat bot has no command line. */
import type { ChartsealError } from '@chartseal/core/errors'

const hints: Readonly<Record<string, string>> = {
  'ring/not-paired': 'Start with: chartseal pair show FOLDER',
  'pairing/digits-differ': 'The other side runs: chartseal pair undo FOLDER',
  'thread/replayed': 'To show it once more: chartseal message open --again',
}

function nextStep({ side, step }: { readonly side: unknown; readonly step: unknown }): string | undefined {
  switch (step) {
    case 'begin':
      return `Start one with: chartseal pair ${side} FOLDER`
    case 'answer':
      return 'Take it with: chartseal pair show FOLDER --answer FILE'
    case 'reveal':
      return 'Take it with: chartseal pair accept FOLDER --reveal FILE'
    case 'goes-on':
      return `It goes on with: chartseal pair ${side === 'show' ? 'accept' : 'show'}`
    default:
      return undefined
  }
}

/** The refusal in words, with the command that helps where there is one. */
export function withHint({ code, message, context }: ChartsealError): string {
  const isDue = typeof context === 'object' && context !== null && 'step' in context && 'side' in context
  const hint = code === 'pairing/nothing-begun' && isDue ? nextStep(context) : hints[code]
  return hint === undefined ? message : `${message} ${hint}`
}
