/** The audit log to use. Until a v2 exists, that is v1. */
export * from './v1.js'
