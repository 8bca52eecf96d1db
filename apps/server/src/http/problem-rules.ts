/** A table of what clients are refused with: for each code its status, and what to do next. */

export interface Rule {
  readonly status: number
  readonly next: string
}

export type Rules<Code extends string> = { readonly [C in Code]: Rule }

/** Whether a table has this code. */
export function isCodeOf<Code extends string>(table: Rules<Code>, code: string): code is Code {
  return Object.hasOwn(table, code)
}

/** The codes of a table, in its order. */
export function codesOf<Code extends string>(table: Rules<Code>): readonly Code[] {
  return Object.keys(table).filter(code => isCodeOf(table, code))
}
