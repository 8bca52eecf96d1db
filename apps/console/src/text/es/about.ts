import type { aboutEn } from '../en/about.js'

/** Spanish: the page itself. */
export const aboutEs: Readonly<Record<keyof typeof aboutEn, string>> = {
  'about.title': 'Acerca de esta página',
  'about.what':
    'Chartseal sella lo que médicos y pacientes se escriben. Las claves se crean en este navegador y no salen de él; el servidor de la clínica pasa lo que no puede leer.',
  'about.sees': 'Qué ve el servidor',
  'about.sees.messages':
    'De un mensaje: qué dispositivo lo deja en qué buzón, cuándo, y su tamaño por escalones.',
  'about.sees.record':
    'De un expediente: su tamaño, qué dispositivos pueden leerlo y hasta cuándo, y cuál pidió su clave, cuándo y para qué.',
  'about.sees.link': 'De un enlace: su fin, y lo que dice de sí quien lo abre.',
  'about.sees.team':
    'De un equipo de atención: que los mismos bytes van a varios buzones, y por eso quiénes están juntos en él, cuándo escribe alguien y su tamaño.',
  'about.sees.conference':
    'De una conferencia: qué dispositivo la dirige y hasta cuándo, desde qué redes participan cuántos, cuándo se dice algo y su tamaño.',
  'about.sees.prescription':
    'De una receta: qué claves firman, cuántas unidades y cuándo; no qué medicamento, ni para quién.',
  'about.sees.emergency':
    'De una emergencia: la lista de personal con sus nombres, quién pide qué expediente y por qué, quién decide y lo que escriben sobre ello: eso lo leen muchos.',
  'about.sees.never':
    'Nunca el texto de un mensaje, los archivos ni sus nombres, ni el nombre de un paciente.',
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
