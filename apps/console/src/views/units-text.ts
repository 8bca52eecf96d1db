/** So many of what its prescriber counts, such as `30 tablets`; the number alone where that is not said. */
export const unitsText = (units: number, unit: string): string =>
  unit === '' ? `${units}` : `${units} ${unit}`
