/** The frames as the seed's code really sends them; its README differs (docs/errata.md, C22). */

export interface FrameShape {
  /** `null`: the patient's last frame of a handshake has none. */
  readonly opcode: number | null
  readonly from: 'patient' | 'doctor'
  /** Field names beside `opcode`, in the order of sending. */
  readonly fields: readonly string[]
}

/** Opcode 50 is a step of the display, 60 was never sent. */
export const frameShapes: readonly FrameShape[] = [
  { opcode: 5, from: 'patient', fields: ['public_key_patient', 'id_patient'] },
  { opcode: 5, from: 'doctor', fields: ['public_key_doctor'] },
  {
    opcode: 10,
    from: 'patient',
    fields: ['ts_patient', 'rn_patient', 'id_patient', 'c1', 'c2', 'public_key_patient', 'sign_data1'],
  },
  {
    opcode: 20,
    from: 'doctor',
    fields: ['ts_doctor', 'rn_doctor', 'c1_reencrypted', 'c2_reencrypted', 'sign_data2', 'public_key_doctor'],
  },
  { opcode: null, from: 'patient', fields: ['skv_patient', 'ts_patient_final'] },
  { opcode: 30, from: 'doctor', fields: ['encrypted_group_key'] },
  { opcode: 40, from: 'doctor', fields: ['encrypted_message'] },
  { opcode: 60, from: 'doctor', fields: ['message'] },
  { opcode: 70, from: 'doctor', fields: ['message'] },
  { opcode: 80, from: 'doctor', fields: ['message'] },
  { opcode: 90, from: 'patient', fields: ['id_patient'] },
]
