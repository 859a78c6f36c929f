/** Messages between processes and threads. */
export { Channel, frameBytesDefault, type ChannelHandlers } from './channel.ts'
export { DescriptorTransport } from './descriptor-transport.ts'
export { PortTransport } from './port-transport.ts'
export { StreamTransport } from './stream-transport.ts'
export type { Transport } from './transport.ts'
export { drainChannels } from './unsent.ts'
