/** The keyring to use: version 2. */
export * from './v2.js'
