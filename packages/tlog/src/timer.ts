/** Runs something once, later. */
export interface Timer {
  /** Calls `run` after so many milliseconds, unless the function that is returned was called before. */
  after(ms: number, run: () => void): () => void
}

export const systemTimer: Timer = {
  after(ms, run) {
    const handle = setTimeout(run, ms)
    return () => clearTimeout(handle)
  },
}
