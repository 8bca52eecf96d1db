/** English: lists of people. */
export const peopleEn = {
  'people.whom': 'Whom to invite',
  'people.all': 'Choose all',
  'people.none': 'Choose none',
  'people.blocked': 'One of you blocks the other.',
  'people.more': 'So many are shown: {shown} of {count}. Search by name.',
} as const
