/** The most that is taken out of compressed bytes: 5 MB. */
export const maxInflatedBytes = 5_000_000
