/** Which of the screens on the ledger is open, by the address and by who works at this device. */
import { Counter } from './counter.js'
import { Explorer } from './explorer.js'
import { Issued } from './issued.js'
import type { ScreenProps } from './lazy.js'
import { Prescribe } from './prescribe.js'
import { Prescriptions } from './prescriptions.js'
import { Slip } from './slip.js'

export function LedgerScreen({ app, session }: ScreenProps) {
  const { screen, pairId } = app.route.value
  const { role } = session.device
  const props = { app, session }
  if (screen === 'ledger') return <Explorer {...props} />
  if (role === 'pharmacist') return <Counter {...props} />
  if (screen === 'prescribe') return <Prescribe key={pairId} {...props} />
  if (screen === 'prescription')
    return role === 'doctor' ? <Issued key={pairId} {...props} /> : <Slip key={pairId} {...props} />
  return <Prescriptions {...props} />
}
