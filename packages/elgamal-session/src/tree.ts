/**
 * The key tree of a conference: a logical key hierarchy (RFC 2627) of arity 4, whose cost grows with the logarithm of
 * the number of members. Formats: docs/spec/key-tree.md.
 */
export { maxCommitBytes } from './tree/commit-codec.js'
export { epochKey } from './tree/derive.js'
export { type TreeErrors, treeError } from './tree/errors.js'
export { type CommitResult, KeyTree, type KeyTreeOptions } from './tree/key-tree.js'
export { MemberPath } from './tree/member-path.js'
