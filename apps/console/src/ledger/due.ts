/** Marks that a record of this device is under way, or its slip. */
export const dueLedger = 'due-ledger'
