/** The eight servers whose handlers run elsewhere: in worker threads (Threading) or in processes (Forking). */
import { ForkingMixIn, ThreadingMixIn, type ForkingServer, type ThreadingServer } from './concurrent.ts'
import { TCPServer, UDPServer, UnixDatagramServer, UnixStreamServer } from './servers.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- what TypeScript asks of a mixin
type Made<Type> = abstract new (...args: any[]) => Type

const threadingTCP: typeof TCPServer & Made<ThreadingServer> = ThreadingMixIn(TCPServer)
const threadingUDP: typeof UDPServer & Made<ThreadingServer> = ThreadingMixIn(UDPServer)
const threadingUnixStream: typeof UnixStreamServer & Made<ThreadingServer> = ThreadingMixIn(UnixStreamServer)
const threadingUnixDatagram: typeof UnixDatagramServer & Made<ThreadingServer> = ThreadingMixIn(UnixDatagramServer)
const forkingTCP: typeof TCPServer & Made<ForkingServer> = ForkingMixIn(TCPServer)
const forkingUDP: typeof UDPServer & Made<ForkingServer> = ForkingMixIn(UDPServer)
const forkingUnixStream: typeof UnixStreamServer & Made<ForkingServer> = ForkingMixIn(UnixStreamServer)
const forkingUnixDatagram: typeof UnixDatagramServer & Made<ForkingServer> = ForkingMixIn(UnixDatagramServer)

/**
 * Serves TCP connections in worker threads, many at once. Needs the addon.
 *
 * @example
 * const Upper = handler(import.meta, 'Upper', class extends StreamRequestHandler { ... })
 * await using server = await new ThreadingTCPServer('tcp://127.0.0.1:0', Upper).open()
 */
export class ThreadingTCPServer extends threadingTCP {}

/** Serves datagrams in worker threads. Needs the addon. */
export class ThreadingUDPServer extends threadingUDP {}

/** Serves the connections of a Unix socket in worker threads. Needs the addon. */
export class ThreadingUnixStreamServer extends threadingUnixStream {}

/** Serves the datagrams of a Unix socket in worker threads. Needs the addon. */
export class ThreadingUnixDatagramServer extends threadingUnixDatagram {}

/** Serves TCP connections in processes, many at once. Needs the addon. */
export class ForkingTCPServer extends forkingTCP {}

/** Serves datagrams in processes. Needs the addon. */
export class ForkingUDPServer extends forkingUDP {}

/** Serves the connections of a Unix socket in processes. Needs the addon. */
export class ForkingUnixStreamServer extends forkingUnixStream {}

/** Serves the datagrams of a Unix socket in processes. Needs the addon. */
export class ForkingUnixDatagramServer extends forkingUnixDatagram {}
