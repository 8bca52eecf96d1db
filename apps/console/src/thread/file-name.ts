const maxChars = 120
/** Control and format characters, among them those that turn the direction of a text, and what separates folders. */
const unwanted = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}/\\]/gu

/** A name as it is shown and saved, whoever gave it. */
export function cleanFileName(name: string): string {
  // Longer than any that is shown: a name can be as large as a message.
  const clean = name
    .slice(0, 8 * maxChars)
    .replaceAll(unwanted, '')
    .trim()
  const short = [...clean].slice(0, maxChars).join('').trim()
  return short === '' ? 'file' : short
}
