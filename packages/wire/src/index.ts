/** The messages to use: version 2. */
export * from './v2.js'
