import type { errorsEn } from '../en/errors.js'

/** Spanish: what failed, and what to do. */
export const errorsEs: Readonly<Record<keyof typeof errorsEn, string>> = {
  'error.next': 'Qué hacer: {next}',
  'error.unknown': 'Algo falló aquí ({code}). No se perdió nada; inténtelo otra vez.',
  'error.wrong-passphrase':
    'Esta frase no abre las claves de este dispositivo. Inténtelo otra vez; una llave de acceso también las abre, si la hay.',
  'error.wrong-passkey': 'Esta llave de acceso no abre las claves de este dispositivo. Use la frase.',
  'error.no-passkey': 'No se usó la llave de acceso. Inténtelo otra vez o use la frase.',
  'error.passkey-without-prf':
    'Esta llave de acceso no puede desbloquear: no guarda un secreto para páginas. Siga con la frase o use otra llave.',
  'error.short-passphrase': 'La frase necesita al menos {least} caracteres.',
  'error.passphrases-differ': 'Las dos frases son distintas.',
  'error.name': 'Escriba el nombre que verá la otra parte: de 1 a 64 caracteres.',
  'error.damaged-row':
    'Algo guardado en este dispositivo fue cambiado y no se abre. Su kit de recuperación devuelve las claves.',
  'error.no-storage':
    'Este navegador no guarda nada de esta página, así que no hay sitio para sus claves. Use una ventana que no sea privada y permita los datos de este sitio.',
  'error.storage-closed': 'El navegador cerró lo que esta página había guardado. Cargue la página otra vez.',
  'error.newer-page':
    'En este dispositivo se usa una versión más nueva de esta página. Cárguela otra vez para usar la nueva.',
  'error.offline': 'La clínica no responde. Esto necesita la red: inténtelo cuando vuelva.',
  'error.refused': 'La clínica lo rechazó ({code}).',
  'error.disk-full':
    'El disco está lleno, o el navegador no da más espacio a esta página. Nada de lo que aparece como sellado se perdió; lo escrito aquí no se conserva. Haga sitio e inténtelo otra vez.',
  'error.locked': 'El dispositivo se bloqueó entretanto. Desbloquéelo e inténtelo otra vez.',
  'error.bad-answer': 'La clínica responde lo que no debe. Lo que escribió sigue aquí. Avise a la clínica.',
  'error.other-log':
    'El registro de la clínica tiene otra clave que la que conoce este dispositivo. No se envía nada. Compare las palabras con la clínica, en persona.',
  'error.no-invitation': 'Esto no es una invitación. Es un enlace de la clínica que contiene #invite=.',
  'error.invitation-used': 'Esta invitación ya se usó o caducó. Pida un enlace nuevo a la clínica.',
  'error.device-ended':
    'La clínica ya no acepta nada de este dispositivo. Delo de baja en «Claves»; después empiece con una invitación nueva y su kit de recuperación.',
  'error.unknown-device':
    'La clínica no conoce este dispositivo; quizá volvió a un día anterior. No borre nada: lo que escribió espera aquí. Pida una invitación a la clínica y úsela en «Claves».',
  'error.no-slot': 'Esto no es un código de esta página: falta una parte. Cópielo entero.',
  'error.pairing-expired': 'Este código ya no sirve. Haga uno nuevo: cada uno vale diez minutos y una vez.',
  'error.digits-differ':
    'Las cifras no coinciden. Puede haber alguien en medio. No se guardó nada: empiece con un código nuevo.',
  'error.pairing-left': 'La otra parte lo dejó. Empiece otra vez con un código nuevo.',
  'error.pairing-half':
    'Lo dejó después de confirmar. Si la otra parte dice que tiene vínculo con usted, vincúlense otra vez: lo que se escriba allí no se abre aquí.',
  'error.pairing-elsewhere':
    'Se está haciendo un vínculo en otra pestaña. Termínelo allí; por sí solo acaba en diez minutos.',
  'error.kit-first': 'Primero haga el kit de recuperación y lea una hoja. Antes no sale ningún mensaje.',
  'error.blocked': 'Una de las partes bloquea a la otra: no se envía nada.',
  'error.too-large': 'El archivo es demasiado grande: caben como mucho {limit}.',
  'error.too-large.message':
    'El archivo es demasiado grande para un mensaje: caben como mucho {limit}. Compártalo como expediente.',
  'error.no-code-in-picture':
    'En esta imagen no hay un código QR legible. Pruebe con una más nítida o pegue el texto.',
  'error.no-camera': 'No hay cámara disponible. Use una imagen o el texto.',
  'error.other-kit': 'Esta hoja es de otro kit que los hechos en este dispositivo que aún cuentan.',
  'error.kit-not-saved':
    'Esta hoja está bien, pero el archivo de claves de su kit no se guardó y ya no existe. Haga un kit nuevo y destruya estas hojas.',
  'error.part-missing':
    'No se ha cargado una parte de esta página. Compruebe la red y abra la página de nuevo: no se pierde nada de lo guardado aquí.',
  'error.person-changed':
    'Alguien elegido tiene desde entonces otro dispositivo u otra clave. Mire otra vez quién está elegido y comparta.',
  'error.record-gone': 'Este dispositivo no tiene este expediente, o su clave se destruyó.',
  'error.record-unsent': 'El paso anterior aún no llegó a la clínica. Inténtelo cuando responda.',
  'error.other-owner':
    'La clínica muestra la lista de lectores de otro dispositivo, o de otro expediente, que el compartido con usted. No se abrió nada. Avise a la clínica y pregunte a quien lo compartió.',
  'error.older-list':
    'La clínica muestra una lista de lectores anterior a la que este dispositivo vio, u otra con el mismo número. No se abrió nada. Avise a la clínica.',
  'error.not-granted':
    'La lista de lectores más nueva no tiene clave para este dispositivo. Pregunte a quien lo compartió.',
  'error.damaged-record':
    'Lo que dio la clínica no es lo que se selló. No se abrió nada. Avise a la clínica.',
  'error.not-given':
    'Este expediente no se le da: se retiró, o terminó su plazo. Pregunte a quien lo compartió.',
  'error.purpose': 'No está compartido para este fin. Elija otro, o pregunte a quien lo compartió.',
  'error.no-room': 'La clínica no tiene más sitio para sus expedientes. Destruya los que nadie necesita.',
  'error.no-records': 'Esta clínica no guarda expedientes.',
  'error.conference-on': 'Una conferencia a la vez: termine primero la que está en curso.',
  'error.conference-over': 'Esta conferencia terminó.',
  'error.team-over': 'Ya no está en este equipo de atención.',
  'error.team-behind': 'Este dispositivo volvió a un día anterior. Primero haga claves nuevas para todos.',
  'error.conference-elsewhere': 'Esta conferencia está abierta en otro lugar: desde aquí no se dice nada.',
  'error.conference-damaged':
    'Lo que este dispositivo guardó de la conferencia no se abre. Termínela o quítela, y empiece otra.',
  'error.conference-title': 'Escriba un título de una línea, no muy largo.',
  'error.conference-full':
    'Esta clínica tiene tantas conferencias como puede. Inténtelo más tarde o avise a la clínica.',
  'error.word-long': 'Es demasiado largo para decirlo de una vez. Dígalo por partes.',
  'error.bad-sheet': 'Esto no es una hoja de un kit de recuperación, o falta una parte.',
  'error.too-few-shares': 'No bastan estas hojas: hacen falta dos distintas.',
  'error.not-found': 'Este texto no es lo que se pide aquí, o le falta una parte. Cópielo entero.',
  'error.no-card': 'Lo que llegó no es la dirección de la otra parte. Vincúlense otra vez.',
  'error.clock':
    'Hay mensajes en espera: este dispositivo no se usó durante mucho tiempo, o su reloj dio un salto. Si la fecha no es correcta, corríjala y desbloquee otra vez.',
  'error.clock-behind':
    'Las claves son de un mes posterior al del reloj de este dispositivo. Ponga el reloj en hora; si ya lo está, vincúlense otra vez.',
}
