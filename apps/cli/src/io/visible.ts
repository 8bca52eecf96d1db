/** Text from elsewhere must not steer a terminal. */
export function visible(text: string): string {
  return text.replace(/[^\P{C}\n\t\u200d]/gu, '\ufffd')
}
