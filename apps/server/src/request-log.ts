/** Which requests have a line in the log. */
import { probes, type RequestNote } from './http/app.js'

export interface RequestLog {
  /**
   * What was done has a line; of what was refused, and of what a probe asks, the first few of each code do, and the others
   * are counted.
   */
  note(note: RequestNote): void
  /** Tells how many were counted, and begins anew. Called once a minute, and at the end. */
  tell(): void
}

/** Anybody may be refused as often as they like: they must not fill a disk. */
export const linesPerCode = 20

function isProbe({ route }: RequestNote): boolean {
  return probes.some(path => path === route)
}

export function createRequestLog(log: { info(fields: object, text?: string): void }): RequestLog {
  const seen = new Map<string, number>()
  return {
    note(note) {
      const code = note.code ?? (isProbe(note) ? `${note.route} ${note.status}` : null)
      const count = code === null ? 0 : (seen.get(code) ?? 0)
      if (code !== null) seen.set(code, count + 1)
      if (count < linesPerCode) log.info(note)
    },
    tell() {
      const counted = [...seen].filter(([, count]) => count > linesPerCode)
      seen.clear()
      if (counted.length === 0) return
      const unwritten = counted.map(([code, count]) => [code, count - linesPerCode])
      log.info({ unwritten: Object.fromEntries(unwritten) }, 'more came than have a line')
    },
  }
}
