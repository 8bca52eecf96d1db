/** The secret sharing to use: version 2. */
export * from './v2.js'
