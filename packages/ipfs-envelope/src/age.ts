/**
 * Records as age v1 files (C2SP age), for whoever has the age tool and nothing of ours. Works in browsers. A file of age
 * has no owner, no grant list, no revocation and no audit: {@link ageStatement}.
 */
export { type AgeErrors, ageError } from './age/errors.js'
export {
  ageRecipientOf,
  exportAge,
  exportAgeStream,
  generateAgeIdentity,
  importAge,
  importAgeStream,
} from './age/file.js'
export { type AgeStatement, ageStatement } from './age/statement.js'
