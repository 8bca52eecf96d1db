/** The oracle has no types; what the tests use of it. */
declare module 'slip39' {
  interface Options {
    passphrase: string
    threshold: number
    groups: readonly (readonly [number, number, string])[]
    extendableBackupFlag: 0 | 1
  }
  const Slip39: {
    fromArray(
      secret: readonly number[],
      options: Options,
    ): { fromPath(path: string): { mnemonics: string[] } }
    recoverSecret(mnemonics: readonly string[], passphrase: string): number[]
  }
  export default Slip39
}

declare module 'slip39/src/slip39_helper.js' {
  const helper: { readonly WORD_LIST: readonly string[] }
  export default helper
}
