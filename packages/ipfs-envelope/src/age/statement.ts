/** What a file of age lacks beside a package: to be shown before one is made. */
export interface AgeStatement {
  readonly lacks: readonly { readonly code: string; readonly text: string }[]
}

export const ageStatement: AgeStatement = {
  lacks: [
    { code: 'no-revocation', text: 'Whoever gets the file opens it for ever: nothing takes it back.' },
    { code: 'no-grants', text: 'Nobody can be added: the file is encrypted again for somebody else.' },
    { code: 'no-audit', text: 'Nobody is told who opens it, or when.' },
    { code: 'no-sender', text: 'Nothing says who made it: whoever knows a recipient can make one.' },
    { code: 'no-labels', text: 'Name, media type and security labels of the record are not in it.' },
  ],
}
