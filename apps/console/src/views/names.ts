/** Finding a name by what a person types of it. */

/** Whether it is in the name, whatever the case and the accents: whoever types `garcia nunez` looks for García Núñez. */
export function isNamed(name: string, typed: string): boolean {
  return plain(name).includes(plain(typed).trim())
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()
