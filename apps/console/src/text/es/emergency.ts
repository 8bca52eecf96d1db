import type { emergencyEn } from '../en/emergency.js'

/** Spanish: break-glass. */
export const emergencyEs: Readonly<Record<keyof typeof emergencyEn, string>> = {
  'emergency.title': 'Acceso de emergencia',
  'emergency.lead':
    'En una emergencia, varios custodios abren juntos un expediente para un médico. Nadie lo hace solo, y el registro de la clínica lo tiene antes.',
  'emergency.back': 'Todas las solicitudes',
  'emergency.again': 'Mirar otra vez',
  'emergency.queue': 'Solicitudes',
  'emergency.queue.help': 'Ninguna solicitud sale nunca de esta lista.',
  'emergency.queue.none': 'Nadie ha pedido un expediente suyo, ni uno del que usted guarde una parte.',
  'emergency.drill': 'Simulacro',
  'emergency.drill.last': 'El último simulacro tardó {minutes} min desde pedir hasta abrir ({when}).',
  'emergency.drill.none':
    'Aún no hubo ningún simulacro. Un simulacro mide cuánto se tarda, con un expediente de nadie.',
  'emergency.asked-by': '{who}, {when}',
  'emergency.broken': 'No se puede creer una solicitud ({id}): {why}',
  'emergency.lost':
    'La clínica ya no muestra una solicitud que este dispositivo vio: «{about}». Llame a un responsable: una solicitud nunca desaparece.',
  'emergency.gone': 'La clínica no muestra esa solicitud a este dispositivo.',
  'emergency.unsent': 'La clínica no sabe de lo que usted pidió aquí. Pídalo de nuevo.',
  'emergency.unsent.forget': 'Olvidarlo',
  'emergency.phase.asked': 'Deciden los custodios',
  'emergency.phase.released': 'Entregado',
  'emergency.phase.waiting': 'Entregado, corre la espera',
  'emergency.phase.denied': 'Denegada',
  'emergency.phase.expired': 'Caducada',
  'emergency.phase.opened': 'Abierto',
  'emergency.phase.closed': 'Cerrado',
  'emergency.phase.reviewed': 'Revisada',
  'emergency.you': 'Usted',
  'emergency.device': 'Dispositivo {kid}',
  'emergency.roster': 'Personal: lista {seq} de la clínica, {digest}.',
  'emergency.roster.none':
    'La clínica aún no tiene lista de su personal. Sin ella nadie puede pedir, entregar ni revisar. La firman sus responsables.',
  'emergency.roster.next':
    'La clínica muestra otra lista de personal (número {seq}, {digest}) que la que este dispositivo cree (número {known}). Compárela por teléfono con un responsable. Hasta entonces no se entrega nada desde aquí.',
  'emergency.roster.take': 'La he comparado: creer la lista {seq}',
  'emergency.witnesses.none':
    'Sin registro no hay llave: este dispositivo no conoce ningún testigo del registro de la clínica, así que no entrega ninguna parte.',
  'emergency.witnesses.next':
    'La clínica nombra otros testigos de su registro que los que este dispositivo vio primero: {names}. Pregunte a quien lleva la clínica si es así.',
  'emergency.witnesses.take': 'He preguntado: creer a estos testigos',
  'emergency.custody': 'Partes en este dispositivo',
  'emergency.custody.help':
    'Un custodio guarda partes de expedientes, selladas para una llave de este dispositivo. Una parte sola no abre nada.',
  'emergency.custody.begin': 'Guardar partes en este dispositivo',
  'emergency.custody.ready':
    'Se pueden sellar partes para este dispositivo. Diga su nombre a los dueños: {kid}.',
  'emergency.custody.of': '{about}: parte {index} de {of}, la abren {threshold}',
  'emergency.custody.sheet': 'Mostrar la hoja de la parte {index}',
  'emergency.custody.sheet.help':
    'Imprímala o cópiela, y guárdela donde nadie más llegue. Con ella la parte está cuando este dispositivo falta.',
  'emergency.custody.sheet.hide': 'Ocultar la hoja',
  'emergency.ask': 'Pedir un expediente',
  'emergency.ask.none':
    'No se puede pedir ningún expediente: ningún dueño ha hecho un conjunto de emergencia.',
  'emergency.ask.not-rostered':
    'Solo pueden pedir los médicos de la lista de personal de la clínica. Este dispositivo ({kid}) no está en ella.',
  'emergency.ask.set': 'Un expediente',
  'emergency.ask.choose': 'Elija',
  'emergency.ask.stale': 'cifrado de nuevo después: esto abre la versión anterior',
  'emergency.ask.reason': 'Motivo',
  'emergency.ask.text': 'Por qué, con palabras',
  'emergency.ask.text.help':
    'Lo leen los custodios, los responsables y el paciente. Como mucho 400 caracteres.',
  'emergency.ask.who': 'Quién es usted, y dónde devolverle la llamada',
  'emergency.ask.signed': '{who}: {text}',
  'emergency.ask.decide': 'Los custodios deciden en',
  'emergency.ask.access': 'El acceso termina a las',
  'emergency.minutes': '{n} minutos',
  'emergency.hours': '{n} horas',
  'emergency.ask.sign':
    'Usted firma: «{text}» — {reason}, para «{about}». Entra en el registro antes de que nadie lo vea, y se queda allí.',
  'emergency.ask.go': 'Firmar y pedir',
  'emergency.reason.ETREAT': 'Tratamiento de emergencia (ETREAT)',
  'emergency.reason.BTG': 'Romper el cristal (BTG)',
  'emergency.signed': 'Lo que se firmó',
  'emergency.signed.by': 'Firmado por {who}, {when}. Se decide antes de {decide}; el acceso termina {until}.',
  'emergency.log.proven':
    'En el registro como entrada {index}, con la firma de al menos {n} testigos. Lo ha comprobado este navegador.',
  'emergency.log.missing':
    'Sin registro no hay llave: los testigos aún no confirman la entrada de esta solicitud. Antes no se entrega nada. Si sigue así, llame a quien lleva {clinic}.',
  'emergency.votes': 'Custodios: han entregado {released} de los {threshold} necesarios',
  'emergency.vote.released': 'entregó',
  'emergency.vote.denied': 'denegó',
  'emergency.vote.none': 'aún no',
  'emergency.vote.requester': 'lo ha pedido, no decide',
  'emergency.veto': '{who} lo denegó como responsable.',
  'emergency.waits': 'Hasta {when} no se da nada, y un responsable aún puede denegarlo.',
  'emergency.release': 'Entregar mi parte',
  'emergency.release.ask': '¿Entregar su parte para {who}?',
  'emergency.release.help':
    'Llame a quien pide, a un número que usted conozca. Una parte entregada no se puede recuperar.',
  'emergency.release.go': 'Entregarla',
  'emergency.release.sheet': 'Texto de la hoja de la parte {index}',
  'emergency.release.sheet.help':
    'Este dispositivo no tiene la parte {index}. Tome la hoja con ese número, escanéela o escríbala: se usa una vez y no se guarda.',
  'emergency.release.sheet.go': 'Entregar la parte de esta hoja',
  'emergency.deny': 'Denegar',
  'emergency.deny.text': 'Por qué lo deniega (puede quedar vacío)',
  'emergency.deny.go': 'Denegar esta solicitud',
  'emergency.veto.go': 'Denegar esta solicitud como responsable',
  'emergency.cancel': 'Cancelar',
  'emergency.open': 'Abrir el expediente',
  'emergency.open.help': 'El registro tiene la apertura antes de que se dé nada. Se avisa al paciente.',
  'emergency.open.elsewhere': 'Solo lo puede abrir el dispositivo que lo pidió.',
  'emergency.opened': 'El expediente está abierto en la memoria de esta página: {name}, {size}.',
  'emergency.opened.save': 'Guardar el archivo',
  'emergency.opened.show': 'Mostrar la imagen',
  'emergency.opened.alt': 'Imagen {name}',
  'emergency.opened.until': 'El acceso termina {when}. Ciérrelo en cuanto pueda prescindir de él.',
  'emergency.opened.useless': 'No se pudo usar la parte de {names}: dígaselo.',
  'emergency.close': 'Cerrar el acceso',
  'emergency.close.back': 'Retirar la solicitud',
  'emergency.close.text': 'Qué se hizo (puede quedar vacío)',
  'emergency.review': 'Revisar',
  'emergency.review.help': 'Juzgue lo que pasó hasta ahora. Entra en el registro con su nombre.',
  'emergency.review.verdict': '¿Estuvo bien?',
  'emergency.verdict.justified': 'Justificado',
  'emergency.verdict.not-justified': 'No justificado',
  'emergency.verdict.unclear': 'No está claro',
  'emergency.review.text': 'Por qué',
  'emergency.review.go': 'Firmar la revisión',
  'emergency.rekey':
    'A quien se le dio el expediente tiene su llave. Cífrelo de nuevo en «Expedientes» y haga otro conjunto de emergencia.',
  'emergency.rekey.link': 'Al expediente',
  'emergency.rekeyed': 'El dueño ha cifrado el expediente de nuevo después.',
  'emergency.rekeyed.not': 'El dueño aún no ha cifrado el expediente de nuevo.',
  'emergency.newer-set': 'Hay un conjunto de emergencia más nuevo.',
  'emergency.minutes-to-open': 'Desde pedir hasta abrir: {minutes} min.',
  'emergency.patient':
    'Su expediente se abrió en una emergencia. Aquí está quién pidió, quién entregó y por qué.',
  'emergency.read': 'Lo he leído',
  'emergency.history': 'Qué pasó',
  'emergency.event.request': '{who} lo pidió',
  'emergency.event.release': '{who} entregó una parte',
  'emergency.event.denial': '{who} denegó',
  'emergency.event.opened': '{who} abrió el expediente',
  'emergency.event.closed': '{who} lo cerró',
  'emergency.event.reviewed': '{who} revisó: {verdict}',
  'emergency.event.proven': 'entrada {index}, recibo comprobado',
  'emergency.event.waiting': 'el registro lo confirma pronto',
  'safeguard.title': 'Para emergencias',
  'safeguard.lead':
    'Los custodios juntos pueden abrir esta versión de este expediente cuando alguien lo necesita y no se le puede preguntar a usted. El servidor de la clínica no puede.',
  'safeguard.own': 'Hacer un conjunto de emergencia',
  'safeguard.back': 'Volver al expediente',
  'safeguard.have': 'Conjuntos de emergencia de este expediente',
  'safeguard.have.one': '{about}: {threshold} de {of} custodios, hecho {when}',
  'safeguard.have.stale':
    'El expediente se cifró de nuevo después: este conjunto abre la versión anterior. Haga otro.',
  'safeguard.custodians': 'Custodios',
  'safeguard.custodians.none':
    'Aún nadie de la lista de personal de la clínica guarda partes. Se empieza en «Acceso de emergencia», en el dispositivo de cada uno.',
  'safeguard.custodian': '{who} ({role})',
  'safeguard.about': 'Qué leen los custodios y los médicos',
  'safeguard.about.help': 'No es secreto: no escriba lo que solo puede decir el expediente.',
  'safeguard.threshold': 'Cuántos de ellos lo abren',
  'safeguard.denials': 'Cuántas negativas lo deniegan',
  'safeguard.wait': 'Espera antes de que se abra',
  'safeguard.wait.0': 'ninguna',
  'safeguard.witnesses': 'Testigos que deben confirmar el registro',
  'safeguard.decide': 'Los custodios deciden como mucho en',
  'safeguard.access': 'Acceso, como mucho',
  'safeguard.patient': 'El paciente, a quien se avisa de cada apertura',
  'safeguard.patient.none': 'nadie',
  'safeguard.drill': 'Es para un simulacro: el expediente no es de nadie',
  'safeguard.collude':
    '{threshold} de estos custodios podrían abrirlo juntos sin decírselo a nadie. Elija personas que no dependan unas de otras.',
  'safeguard.go': 'Hacer el conjunto',
  'safeguard.made':
    'El conjunto está hecho. Pida a los custodios que impriman sus hojas, y haga un simulacro.',
  'emergency.error.no-witness':
    'Sin registro no hay llave: muy pocos testigos lo han confirmado. Espere un minuto y mire otra vez; después llame a quien lleva la clínica.',
  'emergency.error.no-receipt':
    'Sin registro no hay llave: el recibo no demuestra que esté en el registro. Llame a quien lleva la clínica.',
  'emergency.error.broken':
    'Lo que la clínica muestra de esta solicitud no encaja. No entregue nada y llame a un responsable.',
  'emergency.error.damaged': 'lo que la clínica guarda de ella está dañado. Avise a quien lleva la clínica.',
  'emergency.error.cut':
    'La clínica muestra de esta solicitud menos de lo que este dispositivo vio, u otra cosa. No entregue nada y llame a un responsable.',
  'emergency.error.not-rostered':
    'La lista de personal de la clínica no nombra a este dispositivo para eso. Pregunte a sus responsables.',
  'emergency.error.self':
    'Nadie decide sobre lo que pidió ni juzga aquello en lo que participó. Debe hacerlo otra persona.',
  'emergency.error.waiting': 'La espera aún corre. Ábralo cuando termine.',
  'emergency.error.undecided': 'Se entregaron muy pocas partes que sirvan. Llame a otro custodio.',
  'emergency.error.denied':
    'La solicitud fue denegada. Si la emergencia sigue, pida de nuevo y llame a los custodios.',
  'emergency.error.expired': 'El tiempo para decidir ha terminado. Si la emergencia sigue, pida de nuevo.',
  'emergency.error.over': 'El acceso ha terminado. Si la emergencia sigue, pida de nuevo.',
  'emergency.error.not-over': 'Sigue en curso: ciérrelo antes, o espere a que termine su tiempo.',
  'emergency.error.opened': 'El expediente ya se abrió: cierre el acceso para ponerle fin.',
  'emergency.error.conflict': 'Este dispositivo ya decidió, y eso vale.',
  'emergency.error.stale': 'Entretanto llegó algo. Mírelo y firme otra vez.',
  'emergency.error.no-share':
    'Este dispositivo no tiene su parte de este conjunto. Tome la hoja, o llame a otro custodio.',
  'emergency.error.other-share':
    'Es la hoja de otra parte o de otro conjunto. Tome la del número que está aquí.',
  'emergency.error.other-record': 'Lo entregado no abre este expediente: su dueño debe hacer otro conjunto.',
  'emergency.error.deadline':
    'El conjunto no permite estos tiempos, o el reloj de este dispositivo está mal.',
  'emergency.error.policy': 'Estos números no van juntos: hacen falta menos custodios, negativas o testigos.',
  'emergency.error.elsewhere': 'Solo lo puede abrir el dispositivo que lo pidió: allí está su llave.',
  'emergency.error.no-roster':
    'Antes este dispositivo debe creer la lista de personal de la clínica. Véase «Acceso de emergencia».',
  'emergency.error.full':
    'Ya esperan demasiadas solicitudes de este dispositivo. Retire las que nadie necesite.',
  'emergency.error.missing': 'La clínica no se lo muestra a este dispositivo.',
}
