/** Who works at a device, as its invitation said. */
const deviceRoles = ['doctor', 'patient', 'pharmacist', 'custodian', 'auditor'] as const
export type DeviceRole = (typeof deviceRoles)[number]

export const roleIn = (text: string): DeviceRole => deviceRoles.find(role => role === text) ?? 'patient'

/** Who keeps shares or judges afterwards: their first screen is that of break-glass. */
export const isKeeper = (role: DeviceRole): boolean => role === 'custodian' || role === 'auditor'

/** Who has people to write to. */
export const writesTo = (role: DeviceRole): boolean => role === 'doctor' || role === 'patient'
