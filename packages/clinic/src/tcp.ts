/** A conference over TCP (Node only): the relay in the host's process, and a patient's way to it. */
export { TcpRelay, type TcpRelayOptions } from './tcp/relay.js'
export { type TcpAddress, tcpTransport } from './tcp/way.js'
