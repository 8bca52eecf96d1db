/** The relay of a conference: sockets in, sockets out, and no key. Specification: docs/spec/host-link.md. */
export { type LinkErrors, linkError } from './relay/errors.js'
export {
  decodeToCore,
  decodeToRelay,
  encodeToCore,
  encodeToRelay,
  instanceBytes,
  maxLinkBytes,
  type PublishRefusal,
  publishRefusals,
  sourceBytes,
  type ToCore,
  type ToRelay,
} from './relay/link.js'
