export { ACCUMULATOR, CHUNK_BYTES, CONTEXT, CONTEXT_BYTES, DIGEST, DIGESTS, INPUT, LAST_BLOCKS, TARGET } from "./memory";
export { sha256Finish, sha256Start, sha256Update } from "./sha256";
export { searchPrepare, searchSlice } from "./search";
export { gfMultiplyAccumulate } from "./gf256";
export { hmacMany, LANES, sha256Four, SLOT_BYTES } from "./many";
export { PLAN, ROWS } from "./memory";
export { gfRun } from "./gf256-rows";
export { gfShares } from "./gf256-shares";
