/** The tree of arity 4: a node is named by its level and index, and keeps both names however the tree grows. */

export const keyBytes = 32
export const conferenceIdBytes = 16
export const arity = 4
/** 16,777,216 leaves. The root of the smallest tree stands on level 1. */
export const maxLevels = 12
export const maxEpoch = 0xffff_ffff

/** How many leaves stand below a node of this level; leaves are level 0. */
export const leavesBelow = (level: number): number => 1 << (2 * level)

/** The index, on this level, of the node above a leaf. */
export const indexAbove = (leaf: number, level: number): number => leaf >>> (2 * level)

/** Which child of its parent a node is, 0 to 3. */
export const placeOf = (index: number): number => index & (arity - 1)
