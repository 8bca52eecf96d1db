/** Steps of which one that fails stops none of the others. */

/** One after the other. @throws what the first that failed threw, when all were tried */
export async function tryEach<One>(all: readonly One[], work: (one: One) => Promise<unknown>): Promise<void> {
  const failed: { readonly reason: unknown }[] = []
  for (const one of all) await work(one).catch(reason => failed.push({ reason }))
  const [first] = failed
  if (first !== undefined) throw first.reason
}
