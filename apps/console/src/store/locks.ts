/** What one tab keeps to itself, over all tabs of the browser; and the same in one process, for tests. */

/** One holder at a time of each name, over all tabs. */
export type Locks = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

/** Keeps a name to this tab until it is released; `null` when it, or another tab, has it already. */
export type Hold = (name: string) => Promise<(() => void) | null>

/** Who is unlocked, over all tabs. */
export interface Sessions {
  /** One more; it waits while somebody is alone. Gives what ends it. */
  enter(): Promise<() => void>
  /** Once no other one is left, or after a moment: a tab that is frozen holds up nobody. */
  alone(work: () => Promise<void>): Promise<void>
}

const sessionLock = 'chartseal/session'
const frozenMs = 5_000

/** By the browser's locks. */
export function browserSessions(manager: LockManager): Sessions {
  return {
    enter: () =>
      new Promise((resolve, reject) => {
        const entered = (): Promise<void> => new Promise(leave => resolve(() => leave()))
        manager.request(sessionLock, { mode: 'shared' }, entered).catch(reject)
      }),
    async alone(work) {
      let isBegun = false
      const begin = (): Promise<void> => {
        isBegun = true
        return work()
      }
      try {
        await manager.request(sessionLock, { signal: AbortSignal.timeout(frozenMs) }, begin)
      } catch (reason) {
        if (isBegun) throw reason
        await work()
      }
    },
  }
}

/** Of this process, for tests. */
export function memorySessions(): Sessions {
  let open = 0
  let waiting: (() => void)[] = []
  return {
    async enter() {
      open++
      return () => {
        open--
        if (open > 0) return
        for (const go of waiting) go()
        waiting = []
      }
    },
    async alone(work) {
      if (open > 0) await new Promise<void>(resolve => waiting.push(resolve))
      await work()
    },
  }
}

/** Over all tabs of the browser; a tab that dies releases. */
export function browserHold(manager: LockManager): Hold {
  return name =>
    new Promise((resolve, reject) => {
      const held = (lock: Lock | null): Promise<void> | null => {
        if (lock !== null) return new Promise(release => resolve(() => release()))
        resolve(null)
        return null
      }
      manager.request(name, { ifAvailable: true }, held).catch(reject)
    })
}

/** Of this process, for tests. */
export function memoryHold(): Hold {
  const names = new Set<string>()
  return async name => {
    if (names.has(name)) return null
    names.add(name)
    return () => void names.delete(name)
  }
}

/** Locks of the browser, over all of its tabs. */
export function browserLocks(manager: LockManager): Locks {
  return async (name, work) => await manager.request(name, () => work())
}

/** Locks of this process, for tests. */
export function memoryLocks(): Locks {
  const last = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const next = (last.get(name) ?? Promise.resolve()).then(work, work)
    last.set(
      name,
      next.catch(() => undefined),
    )
    return next
  }
}
