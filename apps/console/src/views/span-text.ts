const [hourMinutes, dayHours] = [60, 24]

/** A time in words, such as `30 minutes`, `1 hour`, `3 days`. */
export function spanText(minutes: number, language: string): string {
  if (minutes % hourMinutes !== 0) return counted(minutes, 'minute', language)
  const hours = minutes / hourMinutes
  return hours % dayHours === 0
    ? counted(hours / dayHours, 'day', language)
    : counted(hours, 'hour', language)
}

const counted = (count: number, unit: string, language: string): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
