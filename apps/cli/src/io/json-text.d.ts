export type Answer = {
  readonly [field: string]: AnswerValue
}
export type AnswerValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AnswerValue[]
  | {
      readonly [field: string]: AnswerValue
    }
/** One line of JSON. */
export declare function toJsonText(value: AnswerValue): string
