/** Which of the screens on the ledger is open, by the address and by who works at this device. */
import { Issued } from './issued.js'
import type { ScreenProps } from './lazy.js'
import { Prescribe } from './prescribe.js'
import { Prescriptions } from './prescriptions.js'
import { Slip } from './slip.js'

export function LedgerScreen({ app, session }: ScreenProps) {
  const { screen, pairId } = app.route.value
  const props = { app, session }
  if (screen === 'prescribe') return <Prescribe key={pairId} {...props} />
  if (screen === 'prescription')
    return session.device.role === 'doctor' ? (
      <Issued key={pairId} {...props} />
    ) : (
      <Slip key={pairId} {...props} />
    )
  return <Prescriptions {...props} />
}
