/** Spanish: the counter. */
import type { counterEn } from '../en/counter.js'

export const counterEs: Readonly<Record<keyof typeof counterEn, string>> = {
  'counter.title': 'Mostrador',
  'counter.lead':
    'Escanee el código de la hoja, elija una imagen de ella o pegue su texto. Lo que dice el libro está probado, y esta página comprueba la prueba.',
  'counter.paste': 'Texto de la hoja, desde CHARTSEAL-RX:',
  'counter.paste.go': 'Consultar',
  'counter.looking': 'Preguntando al libro …',
  'counter.again': 'Consultar de nuevo',
  'counter.next': 'Siguiente hoja',
  'counter.retry': 'Intentar de nuevo',
  'counter.patient': 'Paciente {patient}',
  'counter.medicine': 'Medicamento',
  'counter.dosage': 'Pauta',
  'counter.left': 'Quedan',
  'counter.left.of': '{left} de {of}',
  'counter.until': 'Válida hasta',
  'counter.signed-on': 'Firmada el',
  'counter.prescriber': 'Firmada por',
  'counter.prescriber.key': 'prescriptor con la clave {key}',
  'counter.prescriber.unknown':
    'una clave que no está en la lista de miembros que se conoce aquí: no se verifica nada',
  'counter.id': 'Receta',
  'counter.text': 'Todo lo que firmó quien la prescribió',
  'counter.is.ready': 'Lista',
  'counter.is.ready.help': 'Aún no se ha dispensado nada de ella.',
  'counter.is.partly': 'Dispensada en parte',
  'counter.is.partly.help': 'Lo que queda se puede dispensar.',
  'counter.is.dispensed': 'Dispensada',
  'counter.is.dispensed.help': 'No queda nada: no dispense nada.',
  'counter.is.cancelled': 'Anulada',
  'counter.is.cancelled.help': 'Quien la prescribió la ha anulado: no dispense nada.',
  'counter.is.replaced': 'Sustituida',
  'counter.is.replaced.help': 'Otra receta ocupa su lugar: pida esa hoja. No dispense nada.',
  'counter.is.replaced.by': 'Sustituida por {id}',
  'counter.is.expired': 'Caducada',
  'counter.is.expired.help': 'Fue válida hasta el {when}: no dispense nada.',
  'counter.is.not-final-yet': 'Aún no definitiva',
  'counter.is.not-final-yet.help':
    'El libro aún no la tiene de forma definitiva. Espere un momento y consulte de nuevo; no dispense nada antes.',
  'counter.is.offline': 'Sin conexión no se puede dispensar',
  'counter.is.offline.help':
    'El libro no responde: aquí nadie puede saber si se dispensó en otro lugar. La hoja misma está comprobada; no dispense nada.',
  'counter.is.offline.signed': 'La firma es correcta, y el contenido es el que se firmó.',
  'counter.is.offline.unsigned': 'El contenido es el que nombra la hoja. Su firma no se ha podido comprobar.',
  'counter.given': 'Lo que se ha dispensado',
  'counter.given.one': '{units} el {when}',
  'counter.given.here': '{units} el {when}, por este dispositivo',
  'counter.ended-on': 'Terminada el {when}',
  'counter.proof': 'La prueba se comprobó en esta página. {finality} {asOf}',
  'counter.other-patient': 'La receta misma nombra a otro paciente: {name}',
  'counter.other-patient.help':
    'Se firmó para el paciente {patient}. Pregunte a quien la prescribió antes de dispensar.',
  'counter.twice': 'El mismo medicamento para el mismo paciente',
  'counter.twice.one': 'Otra receta ({id}), consultada aquí a las {when}: {state}, quedan {left} de {of}.',
  'counter.twice.unknown': 'Otra receta ({id}), consultada aquí a las {when}: {state}.',
  'counter.twice.help': 'El libro no puede verlo: pregunte antes de dispensarlo dos veces.',
  'counter.refused.before': 'Rechazada aquí el {when}: {reason}',
  'counter.units': 'Unidades que se dispensan ahora, de {left} que quedan',
  'counter.read': 'Mostrar lo que se firmará',
  'counter.sign.title': 'Lea esto y luego firme',
  'counter.sign.what': '{units} de {left} que quedan: {medicine}, para el paciente {patient}',
  'counter.sign': 'Firmar y dispensar {units}',
  'counter.sign.busy': 'Firmando y enviando …',
  'counter.sign.back': 'Volver sin firmar',
  'counter.refuse': 'Rechazar',
  'counter.refuse.reason': 'Por qué no se dispensa nada',
  'counter.refuse.help':
    'El motivo queda en este dispositivo, y se muestra cuando vuelva la hoja. Al libro no se le dice nada: la receta queda como está.',
  'counter.refuse.go': 'Rechazar por este motivo',
  'counter.refused.title': 'Rechazada',
  'counter.refused.note': 'Guardar la nota para el paciente',
  'counter.refused.file':
    'La receta {id} no se dispensó el {when}.\nMotivo: {reason}\nNo se ha escrito nada en el libro.\n',
  'counter.done.what': '{medicine}, para el paciente {patient}',
  'counter.done.final': 'Entregue {units}',
  'counter.done.final.help': 'El libro lo tiene de forma definitiva.',
  'counter.done.late.help':
    'El libro lo tiene de forma definitiva. Entréguelo, salvo que el paciente ya lo tenga: esta dispensación se empezó antes.',
  'counter.done.waiting': 'No entregue nada todavía',
  'counter.done.waiting.help':
    'El libro lo ha tomado, y aún no es definitivo. Esta página mira hasta que lo sea; suele tardar segundos.',
  'counter.done.no-answer': 'No entregue nada: no llegó respuesta',
  'counter.done.no-answer.help':
    'Se firmó y se envió, y nadie sabe si llegó. Envíelo de nuevo: es el mismo asiento, y dispensa una sola vez por muchas que se envíe.',
  'counter.done.never': 'No entregue nada: no se ha dispensado nada',
  'counter.done.never.help':
    'Otro asiento llegó antes, y este ya no contará nunca. Consulte la hoja de nuevo.',
  'counter.done.refused': 'No entregue nada: el libro lo ha rechazado',
  'counter.send-again': 'Enviar de nuevo',
  'counter.look-now': 'Mirar ahora',
  'counter.under-way': 'Empezado aquí, y no se sabe cómo terminó',
  'counter.under-way.help':
    'No entregue nada por estos antes de saberlo. Enviar de nuevo es seguro: es el mismo asiento.',
  'counter.under-way.one': 'Dispensación de {units}, receta {id}, firmada el {when}',
  'counter.error.state': 'Tal como está ahora no se puede dispensar. Consulte la hoja de nuevo.',
  'counter.error.slip': 'Esto no es la hoja de una receta, o está dañada. Escanéela de nuevo.',
  'counter.error.changed':
    'Esta hoja ha sido modificada: su contenido no es el que se firmó. No dispense nada con ella.',
  'counter.error.signature':
    'La firma de esta hoja no es la de quien la hoja nombra. No dispense nada con ella.',
  'counter.error.terms':
    'Lo que dice esta receta podría significar otra cosa que lo que se cuenta o se muestra. No dispense nada con ella.',
  'counter.error.unresolved':
    'Aquí se empezó una dispensación de esta receta, y no se sabe cómo terminó. Averígüelo primero, abajo.',
  'counter.error.offline': 'El libro no responde: sin conexión no se puede dispensar nada.',
  'counter.error.units': 'Elija entre 1 y lo que queda.',
  'counter.error.proof':
    'Lo que dio la clínica como prueba es falso o de otro libro ({code}): no se cree nada de ello. No dispense nada.',
  'counter.error.clock':
    'La prueba es de una hora que aún no ha llegado según el reloj de este dispositivo. Ponga el reloj en hora.',
}
