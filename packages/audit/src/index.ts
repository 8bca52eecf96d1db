/** The audit log to use: version 2, a transparency log of sealed and erasable entries. */
export * from './entries.js'
export * from './log.js'
export * from './tlog.js'
export * from './verify.js'
