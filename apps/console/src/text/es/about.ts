import type { aboutEn } from '../en/about.js'

/** Spanish: the page itself. */
export const aboutEs: Readonly<Record<keyof typeof aboutEn, string>> = {
  'about.title': 'Acerca de esta página',
  'about.what':
    'Chartseal sella lo que médicos y pacientes se escriben. Las claves se crean en este navegador y no salen de él; el servidor de la clínica pasa lo que no puede leer.',
  'about.sees': 'Qué ve el servidor',
  'about.sees.text':
    'Qué dispositivo deja un mensaje en qué buzón, cuándo, y su tamaño por escalones. De un expediente: su tamaño, qué dispositivos pueden leerlo y hasta cuándo, y cuál pidió su clave, cuándo y para qué. De un enlace: su fin, y lo que dice de sí quien lo abre. De un equipo de atención: que los mismos bytes van a varios buzones, y por eso quiénes están juntos en él, cuándo escribe alguien y su tamaño. De una conferencia: qué dispositivo la dirige y hasta cuándo, desde qué redes participan cuántos, cuándo se dice algo y su tamaño. No el texto, ni los archivos, ni sus nombres, ni el de usted.',
  'about.code': 'Quién le da esta página',
  'about.code.text':
    'La clínica. Un operador hostil podría dar otro código a una persona una vez. Puede comparar: la línea de órdenes coteja todos los archivos de esta página con una versión publicada.',
  'about.code.command': 'chartseal console verify {origin}',
  'about.hash': 'Resumen de los archivos de esta página, según la clínica',
  'about.hash.none': 'La clínica no da ninguno.',
  'about.audit': 'Nadie lo ha auditado todavía.',
  'about.clinic': 'La clínica',
  'about.clinic.name': 'Nombre',
  'about.clinic.origin': 'Dirección',
  'about.clinic.log': 'Clave de su registro, como la conoce este dispositivo',
  'about.clinic.words.help':
    'La clínica y todas las personas de allí ven las mismas ocho palabras. Quien vea otras está en otra clínica, o le mienten.',
  'about.keys': 'Teclado',
  'about.key.search': 'buscar pacientes',
  'about.key.move': 'paciente siguiente y anterior',
  'about.key.open': 'abrir el paciente',
  'about.key.back': 'volver',
  'about.key.send': 'enviar el mensaje',
}
