/** A conference over TCP (Node only): the relay in the host's process, and a patient's way to it. */
export { ConferenceGuest, type GuestEvent, type GuestOptions } from './tcp/guest.js'
export { ConferenceHost, type HostEvent, type HostOptions } from './tcp/host.js'
export { TcpRelay, type TcpRelayOptions } from './tcp/relay.js'
export { type TcpAddress, tcpTransport } from './tcp/way.js'
