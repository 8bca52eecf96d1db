/** Which of the screens on the ledger is open, by the address and by who works at this device. */
import type { ScreenProps } from './lazy.js'

export function LedgerScreen({ app }: ScreenProps) {
  const { t } = app.texts.value
  return (
    <section class="wide">
      <h1>{t('nav.prescriptions')}</h1>
    </section>
  )
}
