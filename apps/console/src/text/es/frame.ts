import type { frameEn } from '../en/frame.js'

/** Spanish: the frame around the screens. */
export const frameEs: Readonly<Record<keyof typeof frameEn, string>> = {
  'app.name': 'Chartseal',
  'app.skip': 'Ir al contenido',
  'app.language': 'Idioma',
  'app.loading': 'Un momento …',
  'slow.clinic': 'Tarda mucho: la clínica aún no responde. Continúa por sí solo.',
  'slow.device': 'Tarda mucho en este dispositivo. Continúa por sí solo.',
  'app.update': 'Hay una versión nueva de esta página: {hash}',
  'app.update.accept': 'Usarla ahora',
  'app.menu': 'Principal',
  'nav.patients': 'Pacientes',
  'nav.thread': 'Mensajes',
  'nav.records': 'Expedientes',
  'nav.access': 'Accesos',
  'nav.device': 'Claves',
  'nav.about': 'Info',
  'nav.lock': 'Bloquear',
  'nav.back': 'Volver',
  'net.online': 'Conectado',
  'net.offline': 'Sin conexión. Puede leer y escribir; lo que escriba espera aquí.',
  'net.queued': 'Sin conexión. En espera, sin enviar: {count}.',
  'net.live-blocked':
    'Algo entre usted y la clínica bloquea los avisos al momento. Esta página mira de vez en cuando si hay novedades; pregunte a quien lleva la red o la clínica.',
  'app.reload': 'Cargar otra vez',
  'log.before': 'Clave hasta ahora:',
  'log.now': 'Clave que muestra ahora la clínica:',
  'log.accept.help':
    'Una clínica que perdió su disco empieza un registro nuevo, y se lo dice. Si no lo hizo, o sus palabras son otras, no acepte nada: otro puede responder en su lugar.',
  'log.accept': 'La clínica me dijo estas palabras: seguir con el registro nuevo',
  'clock.right': 'El reloj está bien: {date}',
  'store.damaged.one': 'Algo que este dispositivo guardó no se abre. Todo lo demás está aquí.',
  'store.damaged.other': '{count} cosas que este dispositivo guardó no se abren. Todo lo demás está aquí.',
}
