/** Screens that are not needed to read a thread are loaded when they are opened. */
import { useSignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import { loadPart } from '../state/part.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import { TaskFailure } from './parts.js'

export interface ScreenProps {
  readonly app: App
  readonly session: Session
}

/** The same component for each `load`, which is called once it is shown. */
export function lazyScreen<Props extends Pick<ScreenProps, 'app'>>(
  load: () => Promise<FunctionComponent<Props>>,
): FunctionComponent<Props> {
  // Once it is there, it is drawn at once.
  let known: { readonly Screen: FunctionComponent<Props> } | null = null
  return function LazyScreen(props) {
    const loaded = useSignal(known)
    const task = useMemo(() => createTask(props.app.platform), [])
    useEffect(() => {
      if (known !== null) return
      void task.run(async () => {
        known = { Screen: await loadPart(load) }
        loaded.value = known
      })
    }, [])
    if (loaded.value !== null) return <loaded.value.Screen {...props} />
    const texts = props.app.texts.value
    return (
      <>
        {task.error.value === null ? (
          <p class="waiting" data-loading>
            {texts.t('app.loading')}
          </p>
        ) : null}
        <TaskFailure task={task} texts={texts} />
      </>
    )
  }
}
