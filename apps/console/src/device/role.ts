/** Who works at a device, as its invitation said. */
export const deviceRoles = ['doctor', 'patient', 'pharmacist', 'custodian', 'auditor'] as const
export type DeviceRole = (typeof deviceRoles)[number]

export const roleIn = (text: string): DeviceRole => deviceRoles.find(role => role === text) ?? 'patient'

/** Who has nobody to write to here: their first screen is another one. */
export const isKeeper = (role: DeviceRole): boolean => role === 'custodian' || role === 'auditor'
