import type { patientsEn } from '../en/patients.js'

/** Spanish: the list of people. */
export const patientsEs: Readonly<Record<keyof typeof patientsEn, string>> = {
  'patients.title': 'Pacientes',
  'patients.search': 'Buscar por nombre',
  'patients.filter.all': 'Todos',
  'patients.filter.waiting': 'Esperan',
  'patients.filter.unready': 'Por hacer',
  'patients.filter.blocked': 'Bloqueados',
  'patients.filter': 'Mostrar',
  'patients.add': 'Vincularse con alguien',
  'patients.conference': 'Conferencia',
  'patients.team': 'Equipos',
  'patients.team.kind': 'equipo de atención',
  'patients.team.invited': 'invitación',
  'patients.colleague': 'profesional',
  'patients.empty': 'Aún no tiene vínculo con nadie.',
  'patients.empty.help':
    'Dé al paciente una invitación de la clínica. Después vincúlense: una parte muestra un código y la otra lo lee.',
  'patients.none': 'Nadie coincide con la búsqueda.',
  'patients.kit.one': 'Una persona no está en su kit de recuperación.',
  'patients.kit.other': '{count} personas no están en su kit de recuperación.',
  'patients.blocked': 'bloqueado',
  'patients.unread.one': 'un mensaje nuevo',
  'patients.unread.other': '{count} mensajes nuevos',
  'patients.no-kit': 'sin kit de recuperación',
  'patients.no-messages': 'Aún sin mensajes',
  'patients.age': 'Actualizado a las {when}',
  'patients.choose': 'Elija un paciente',
  'patients.choose.help': 'La conversación se abre aquí. Con / busca, con j y k se mueve.',
}
