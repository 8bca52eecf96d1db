/** The open thread: what of it a person has before them was opened, and the other side is told. */
import { markRead } from '../thread/receipts.js'
import type { ThreadReader } from './open-thread.js'
import type { Session } from './session.js'

export async function openThread(
  session: Session,
  reader: ThreadReader,
  pairId: string | null,
): Promise<void> {
  session.threadError.value = null
  try {
    if (!(await reader.open(pairId))) return
    await Promise.all([reader.fill(), lookedAt(session)])
  } catch (reason) {
    session.threadError.value = session.signal.aborted ? null : reason
  }
}

/** What is on a screen that nobody looks at was not opened. */
export async function readOpenThread({ unlocked, thread, isSeen }: Session): Promise<boolean> {
  return thread.value !== null && isSeen() && markRead(unlocked, thread.value.pairId)
}

async function lookedAt(session: Session): Promise<void> {
  if (!(await readOpenThread(session))) return
  session.poke()
  await session.refresh()
}
