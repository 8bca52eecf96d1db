/** Tries inputs in batches, and keeps of each batch those that ran code which nothing ran before. */
const batchSize = 256
/** As often without anything new, and the rest is tried without being watched, which is faster. */
const patience = 4
/** So often is asked what ran, for one batch: what is not found then is found in another. */
const maxQuestions = 24

/** The inputs of a batch that are the first to run something: halves are tried again until single ones are left. */
async function firstIn(trial, coverage, inputs, left) {
  if (left.questions-- <= 0) return []
  for (const input of inputs) await trial.try(input)
  const fresh = await coverage.fresh()
  if (fresh.length === 0) return []
  if (inputs.length === 1) {
    coverage.remember(fresh)
    return inputs
  }
  const middle = inputs.length >> 1
  const first = await firstIn(trial, coverage, inputs.slice(0, middle), left)
  return [...first, ...(await firstIn(trial, coverage, inputs.slice(middle), left))]
}

/** @returns how many inputs were tried while watched */
export async function runGuided(trial, coverage, count) {
  let done = 0
  let idle = 0
  await coverage.fresh().then(blocks => coverage.remember(blocks))
  while (done < count && idle < patience) {
    const inputs = Array.from({ length: Math.min(batchSize, count - done) }, () => trial.next())
    const found = await firstIn(trial, coverage, inputs, { questions: maxQuestions })
    for (const input of found) trial.keep(input)
    idle = found.length === 0 ? idle + 1 : 0
    done += inputs.length
  }
  return done
}
