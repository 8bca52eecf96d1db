/** Lets the page paint what was drawn so far. */
export const nextTask = (): Promise<void> => new Promise(resolve => setTimeout(resolve))
