/** Who works at a device, as its invitation said. */
export type DeviceRole = 'doctor' | 'patient' | 'pharmacist'

export const roleIn = (text: string): DeviceRole =>
  text === 'doctor' || text === 'pharmacist' ? text : 'patient'
