/** Which of the screens on the ledger is open, by the address and by who works at this device. */
import { Counter } from './counter.js'
import { Explorer } from './explorer.js'
import type { ScreenProps } from './lazy.js'

export function LedgerScreen({ app, session }: ScreenProps) {
  const { t } = app.texts.value
  const { screen } = app.route.value
  if (screen === 'ledger') return <Explorer app={app} session={session} />
  if (session.device.role === 'pharmacist') return <Counter app={app} session={session} />
  return (
    <section class="wide">
      <h1>{t('nav.prescriptions')}</h1>
    </section>
  )
}
