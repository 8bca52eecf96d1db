/**
 * The size that so many bytes are padded to: Padmé (Nikitin et al., PETS 2019) rounds up to a multiple of 2^(E − S) with
 * E = floor(log2 size) and S = floor(log2 E) + 1. At most 12 % more, and few different lengths.
 */
export function padme(sizeBytes: number): number {
  const exponent = Math.floor(Math.log2(sizeBytes))
  const step = 2 ** Math.max(0, exponent - Math.floor(Math.log2(Math.max(1, exponent))) - 1)
  return Math.ceil(sizeBytes / step) * step
}
