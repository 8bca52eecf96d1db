/** A key as words to compare; the list of words is loaded when it is shown. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

export function KeyInWords({ label, verifierKey }: { label: string; verifierKey: string }) {
  const words = useSignal('')
  useEffect(() => {
    import('@chartseal/clinic/key-words').then(
      ({ keyWords }) => (words.value = keyWords(verifierKey)),
      // Without them the key itself is shown.
      () => (words.value = verifierKey),
    )
  }, [verifierKey])
  return (
    <p class="key-words">
      {label} <strong translate={false}>{words.value}</strong>
    </p>
  )
}
