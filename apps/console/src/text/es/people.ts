import type { peopleEn } from '../en/people.js'

/** Spanish: lists of people. */
export const peopleEs: Readonly<Record<keyof typeof peopleEn, string>> = {
  'people.whom': 'A quién invitar',
  'people.all': 'Elegir a todos',
  'people.none': 'No elegir a nadie',
  'people.blocked': 'Una de las dos partes bloquea a la otra.',
  'people.more': 'Se muestran {shown} de {count}. Busque por nombre.',
}
