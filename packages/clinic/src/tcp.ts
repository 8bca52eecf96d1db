/** Both ends of the interim conference over TCP (Node only). */
export { ConferenceGuest, type GuestEvent, type GuestOptions } from './tcp/guest.js'
export { ConferenceHost, type HostEvent, type HostOptions } from './tcp/host.js'
