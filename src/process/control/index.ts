/** Control sockets: request, reply and stream between programs of one user. */
export { ControlServer } from './server.ts'
export { ControlClient, type ControlClientOptions } from './client.ts'
export { makeFolder, privateFolder } from './private-folder.ts'
export type {
  CallContext,
  CallOptions,
  ControlMethod,
  ControlMethods,
  ControlPeer,
  ControlServerOptions,
  StreamOptions,
  UntypedMethods,
} from './types.ts'
