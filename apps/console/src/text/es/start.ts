import type { startEn } from '../en/start.js'

/** Spanish: the first screens. */
export const startEs: Readonly<Record<keyof typeof startEn, string>> = {
  'start.title': 'Empezar en este dispositivo',
  'start.invited': 'Tiene una invitación de {clinic}.',
  'start.no-keys':
    'Este dispositivo aún no tiene claves. Abra aquí el enlace de invitación de su clínica, o péguelo.',
  'start.invitation': 'Enlace de invitación',
  'start.name': 'Su nombre, como lo verá la otra parte',
  'start.passphrase': 'Frase de paso',
  'start.passphrase.help':
    'Al menos {least} caracteres; cuatro palabras sin relación van bien. Abre las claves de este dispositivo. Nadie puede restablecerla.',
  'start.passphrase.again': 'La frase otra vez',
  'start.go': 'Crear mis claves',
  'start.working': 'Creando claves …',
  'start.kit':
    '¿Perdió un dispositivo? Empiece con una invitación nueva; después traiga su kit de recuperación en «Claves».',
  'unlock.title': 'Desbloquear',
  'unlock.who': '{name} en {clinic}',
  'unlock.last': 'Desbloqueado por última vez: {when}',
  'unlock.never': 'Aún no se ha desbloqueado',
  'unlock.idle':
    'Se bloqueó sola porque nadie la usó durante un rato. Lo que escribió en un hilo se conserva.',
  'unlock.passkey': 'Desbloquear con llave de acceso',
  'unlock.passphrase': 'Frase de paso',
  'unlock.go': 'Desbloquear',
  'unlock.or': 'o',
  'unlock.working': 'Abriendo …',
  'unlock.invited':
    'Este dispositivo ya tiene claves. Una invitación es para un dispositivo nuevo: abra allí el enlace. Solo si la clínica ya no conoce este dispositivo, desbloquéelo y use el enlace en «Claves».',
  'unlock.help':
    'Funciona sin red. Si olvidó la frase: una invitación nueva y su kit de recuperación devuelven las claves. Elija entonces «Empezar de nuevo en este dispositivo».',
  'unlock.anew': 'Empezar de nuevo en este dispositivo',
  'unlock.anew.help':
    'Se borran todas las claves y los mensajes de este dispositivo, y se avisa a la clínica de su baja. Después necesita una invitación nueva de la clínica; el kit de recuperación devuelve las claves, no los mensajes.',
  'start.untold':
    'No se pudo avisar a la clínica de la baja del dispositivo anterior. Pida que lo den de baja, o los mensajes esperarán allí para nadie.',
  'start.clinic.words': 'La clave de la clínica en palabras:',
}
