/** Of several readings at the same time, which may end in any order. */

/** Shows what was read unless a reading that was begun later is shown already. */
export function newestShown(): <Result>(
  read: () => Promise<Result>,
  show: (found: Result) => void,
) => Promise<void> {
  let [begun, shown] = [0, 0]
  return async (read, show) => {
    const mine = ++begun
    const found = await read()
    if (mine < shown) return
    shown = mine
    show(found)
  }
}
