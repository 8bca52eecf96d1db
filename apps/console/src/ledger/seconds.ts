/** Milliseconds of seconds as the ledger counts them; what no calendar has, whoever signed it, is a number that can be stored. */
export const msOf = (seconds: bigint): number => Math.min(Number(seconds) * 1_000, Number.MAX_SAFE_INTEGER)
