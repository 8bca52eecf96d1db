/** Screens that are not needed to read a thread are loaded when they are opened. */
import { useSignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { Failure } from './parts.js'

export interface ScreenProps {
  readonly app: App
  readonly session: Session
}

type Screen = FunctionComponent<ScreenProps>

/** The same component for each `load`, which is called once it is shown. */
export function lazyScreen(load: () => Promise<Screen>): Screen {
  return function LazyScreen(props: ScreenProps) {
    const loaded = useSignal<{ readonly Screen: Screen } | null>(null)
    const error = useSignal<unknown>(null)
    useEffect(() => {
      load().then(
        Screen => (loaded.value = { Screen }),
        reason => (error.value = reason),
      )
    }, [])
    if (loaded.value !== null) return <loaded.value.Screen {...props} />
    if (error.value !== null) return <Failure error={error.value} texts={props.app.texts.value} />
    return <p class="waiting">{props.app.texts.value.t('app.loading')}</p>
  }
}
