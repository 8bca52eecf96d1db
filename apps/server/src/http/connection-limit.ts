/** How many connections a server takes, so that it can still open a file. */

/** Store, log, locks, timers and whatever else a process has open. */
const ownFiles = 256

/** @param openFiles how many descriptors the process may have; `null` where nobody says */
export function connectionLimit(openFiles: number | null): number | null {
  return openFiles === null ? null : Math.max(32, openFiles - ownFiles)
}

/** The limit of the system for this process. */
export function openFileLimit(): number | null {
  const { report } = process
  // Names of the other ends are asked of the network otherwise.
  Object.assign(report, { excludeNetwork: true })
  const { userLimits }: { userLimits?: { open_files?: { soft?: unknown } } } = Object(report.getReport())
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : null
}
