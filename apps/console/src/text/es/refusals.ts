/** Spanish: why the ledger took no record. */
import type { refusalsEn } from '../en/refusals.js'

export const refusalsEs: { readonly [Key in keyof typeof refusalsEn]: string } = {
  'why.units': 'Queda menos de lo que se iba a dispensar. Consulte de nuevo.',
  'why.slip': 'El libro solo dispensa con la hoja misma. Escanéela de nuevo.',
  'why.expired': 'La receta ha caducado.',
  'why.closed': 'La receta ya no está abierta, o alguien la cambió antes. Consulte de nuevo.',
  'why.member':
    'El libro no permite eso a este dispositivo, o aún no. Tras un alta eso tarda un momento; luego envíelo de nuevo. Si no, pregunte a la clínica.',
  'why.prescriber': 'Solo puede hacerlo la clave que la recetó: la tiene otro dispositivo.',
  'why.number': 'Otro asiento de este dispositivo llegó antes. Con este no ha pasado nada: haga uno nuevo.',
  'why.unknown': 'El libro no tiene esta receta. Consulte de nuevo en un momento.',
  'why.finality': 'La receta aún no es bastante definitiva en este libro. Espere y consulte de nuevo.',
  'why.record': 'El libro no puede leer o creer el asiento. No ha pasado nada: avise a la clínica.',
  'why.roster':
    'Este cambio de quién participa no encaja con la lista de miembros en vigor: alguien la cambió antes, o dice lo que no se permite.',
  'why.clock':
    'El reloj del servidor de la clínica está lejos de los demás: no se sella nada hasta que esté en hora. Avise a la clínica.',
  'why.witnesses':
    'Responden muy pocos testigos del libro: no se sella nada hasta que respondan. Avise a la clínica.',
  'why.other': 'El libro dice: {code}.',
}
