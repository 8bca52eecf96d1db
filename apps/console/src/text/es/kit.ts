import type { kitEn } from '../en/kit.js'

/** Spanish: the recovery kit. */
export const kitEs: Readonly<Record<keyof typeof kitEn, string>> = {
  'kit.title': 'Kit de recuperación',
  'kit.why':
    'Si pierde este dispositivo, dos de tres hojas y un archivo devuelven sus claves, y sus recetas como estaban al hacer el kit. Nadie más puede: ni la clínica ni nosotros. Ningún mensaje sale antes de hacer el kit y leer una hoja.',
  'kit.none': 'Aún no hay nada que guardar: primero vincúlese con alguien.',
  'kit.covered': 'Todas las claves de este dispositivo están en un kit. Última comprobación: {when}.',
  'kit.uncovered.one': 'Una persona no está en ningún kit comprobado.',
  'kit.uncovered.other': '{count} personas no están en ningún kit comprobado.',
  'kit.holders': 'Quién guarda las hojas',
  'kit.holding': 'Quién guarda cada hoja del kit que cuenta',
  'kit.holder': 'Hoja {n}',
  'kit.holder.1': 'Yo, en casa',
  'kit.holder.2': 'Una persona de confianza',
  'kit.holder.3': 'Otro lugar',
  'kit.make': 'Hacer el kit',
  'kit.making': 'Haciendo el kit …',
  'kit.again': 'Hacer un kit nuevo',
  'kit.step.print': '1. Imprima las tres hojas',
  'kit.step.file': '2. Guarde el archivo de claves',
  'kit.step.scan': '3. Lea una hoja impresa',
  'kit.print': 'Imprimir las hojas',
  'kit.save': 'Guardar el archivo',
  'kit.saved': 'Guardado. Solo se abre con dos hojas: guarde copias donde quiera.',
  'kit.unfinished':
    'Se hizo un kit ({when}) y se guardó su archivo. Si las hojas están impresas, lea ahora una; si no, haga un kit nuevo.',
  'kit.scan.first': 'Primero guarde el archivo: las hojas solas no devuelven nada.',
  'kit.drill': 'Comprobar otra vez una hoja',
  'kit.restored.none': 'Todos los vínculos de este kit ya están aquí.',
  'kit.scan.lead': 'Tome una hoja impresa. Así se ve que la impresión es legible.',
  'kit.scan.text': 'Texto de la hoja',
  'kit.scan.go': 'Comprobar esta hoja',
  'kit.checked': 'La hoja está bien: pueden salir mensajes.',
  'kit.next': 'A los mensajes',
  'kit.sheet': 'Hoja de recuperación {n} de 3',
  'kit.sheet.for': 'La guarda: {holder}',
  'kit.sheet.of': 'Claves de {name}, {clinic}, hecha el {when}',
  'kit.sheet.how':
    'Dos de las tres hojas y el archivo de claves devuelven las claves. Una hoja sola no abre nada. No la dé a nadie a quien no confiaría eso.',
  'kit.sheet.text': 'Si el código no se puede leer, escriba esto:',
  'kit.sheet.alt': 'Código QR de la hoja {n}',
  'kit.gone':
    'Las hojas solo están en esta pantalla hasta que salga de ella. Una vez impresas y guardado el archivo, también se puede leer una hoja más tarde.',
  'kit.restore': 'Traer claves de un kit',
  'kit.restore.lead': 'Necesita el archivo de claves y dos de las tres hojas.',
  'kit.way.invitation':
    'Pida a la clínica una invitación nueva, en persona o en una llamada en la que le reconozcan.',
  'kit.way.anew':
    'Ábrala en otro dispositivo. Para usar este, empiece antes de nuevo aquí: se borran todas sus claves y mensajes.',
  'kit.way.sheets': 'En «Claves», traiga el kit: el archivo de claves y dos de las tres hojas.',
  'kit.restore.file': 'Archivo de claves',
  'kit.restore.sheet': 'Añadir una hoja',
  'kit.restore.have': 'Archivo: {file}. Hojas: {sheets} de 2.',
  'kit.restore.yes': 'listo',
  'kit.restore.no': 'falta',
  'kit.restore.go': 'Traer las claves',
  'kit.restored.one':
    'Volvió un vínculo, y la otra parte sabe ahora dónde está usted. Estas hojas ya están usadas: haga un kit nuevo y entonces salen los mensajes.',
  'kit.restored.other':
    'Volvieron {count} vínculos, y las otras partes saben ahora dónde está usted. Estas hojas ya están usadas: haga un kit nuevo y entonces salen los mensajes.',
  'kit.record-key':
    'El kit que cuenta se hizo antes de que este dispositivo tuviera su clave de expedientes. Haga uno nuevo: antes, lo que otros comparten con usted se pierde con este dispositivo, o no pueden compartirlo.',
  'kit.records':
    'Los expedientes y enlaces que usted dio no están en ningún kit. Desde un dispositivo nuevo nadie puede retirarlos: terminan cuando la clínica da de baja el dispositivo perdido.',
}
