/**
 * The table of error codes: the only place where a code, its typed detail and its wording live.
 *
 * `docs/errors.md` is generated from it, and `test/error-codes.test.ts` checks that each code
 * is named by a test. A message says what happened, with the values, and `fix` says what to do.
 */

/** What each code carries in `error.detail`; units stand last in the names. */
export interface ErrorDetails {
  ADDRESS_INVALID: { input: string; reason: string }
  SCHEME_UNKNOWN: { input: string; scheme: string; known: string }
  ADDRESS_IN_USE: { address: string }
  ADDRESS_UNAVAILABLE: { address: string }
  PERMISSION_DENIED: { address: string }
  NAME_NOT_FOUND: { name: string }
  CONNECTION_REFUSED: { address: string }
  CONNECTION_RESET: { address: string }
  CONNECT_TIMEOUT: { address: string; timeoutMs: number }
  HOST_UNREACHABLE: { address: string }
  CLOSED: { what: string }
  TIMED_OUT: { what: string; timeoutMs: number }
  NO_ANSWER: { address: string; timeoutMs: number }
  CLOSED_WITHOUT_ANSWER: { address: string }
  ABORTED: { what: string }
  DESCRIPTOR_LIMIT: { what: string }
  MESSAGE_TOO_LONG: { sizeBytes: number; limitBytes: number }
  FRAME_TOO_LONG: { framing: string; sizeBytes: number; limitBytes: number }
  FRAME_INVALID: { framing: string; reason: string }
  FRAME_TRUNCATED: { framing: string; pendingBytes: number }
  OPTION_INVALID: { option: string; rule: string; got: string }
  SERVICE_INVALID: { source: string; reason: string }
  SERVICE_UNKNOWN: { name: string; known: string }
  UNSUPPORTED: { feature: string; reason: string }
  BORROW_ASYNC: { service: string }
  LANES_NEED_MODULE: { laneKind: string }
  RELOAD_NEEDS_LANES: { laneKind: string }
  NOT_SERIALIZABLE: { what: string; reason: string }
  FOLDER_NOT_PRIVATE: { path: string; reason: string }
  METHOD_UNKNOWN: { method: string; known: string }
  METHOD_MISUSED: { method: string; reason: string }
  CONTROL_BUSY: { what: string; limit: number }
  PROGRAM_NOT_FOUND: { program: string; argv: readonly string[]; cwd: string }
  PROGRAM_NOT_STARTED: { program: string; argv: readonly string[]; cwd: string; step: string; errno: string }
  KEEPER_NOT_STARTED: { reason: string }
  KEEPER_LOST: { name: string; pid: number }
  SYSTEM_ERROR: { syscall: string; errno: string; address: string }
}

export type ErrorCode = keyof ErrorDetails

interface ErrorEntry<Code extends ErrorCode> {
  /** The sentence a person reads; states the values it got. */
  readonly message: (detail: ErrorDetails[Code]) => string
  /** What to do about it; one sentence. */
  readonly fix: string
}

export const errorTable: { readonly [Code in ErrorCode]: ErrorEntry<Code> } = {
  ADDRESS_INVALID: {
    message: (d) => `Address ${JSON.stringify(d.input)} is not valid: ${d.reason}.`,
    fix: 'Write udp://HOST:PORT, tcp://HOST:PORT, unix:PATH or unix-dgram:PATH; IPv6 hosts stand in brackets.',
  },
  SCHEME_UNKNOWN: {
    message: (d) =>
      `Address ${JSON.stringify(d.input)} has the unknown scheme ${JSON.stringify(d.scheme)}; known are ${d.known}.`,
    fix: 'Use one of the known schemes.',
  },
  ADDRESS_IN_USE: {
    message: (d) => `Another socket already uses ${d.address}.`,
    fix: 'Stop the other program, perhaps another lanework (`ss -lntupx` names it), or choose another address; port 0 takes any free one.',
  },
  ADDRESS_UNAVAILABLE: {
    message: (d) => `This machine has no address ${d.address}.`,
    fix: 'Bind to an address of this machine (`ip addr` lists them); for an IPv6 address check that IPv6 is switched on.',
  },
  PERMISSION_DENIED: {
    message: (d) => `No permission for ${d.address}.`,
    fix: 'Ports below 1024 need root or CAP_NET_BIND_SERVICE; a Unix socket needs write permission in its folder; a broadcast address needs the broadcast option.',
  },
  NAME_NOT_FOUND: {
    message: (d) => `The host name ${JSON.stringify(d.name)} has no address.`,
    fix: 'Check the spelling, or use a numeric address.',
  },
  CONNECTION_REFUSED: {
    message: (d) =>
      `Nobody listens on ${d.address}: ${d.address.startsWith('unix') ? 'there is no such socket, or its server is gone' : 'the port is closed'}.`,
    fix: 'Start the server first, or check the address.',
  },
  CONNECTION_RESET: {
    message: (d) => `The peer ${d.address} reset the connection.`,
    fix: 'The peer crashed or closed with data unread; connect again if that is expected.',
  },
  CONNECT_TIMEOUT: {
    message: (d) => `${d.address} did not accept the connection within ${d.timeoutMs} ms.`,
    fix: 'Check the address and any firewall in between, or allow more time.',
  },
  HOST_UNREACHABLE: {
    message: (d) => `There is no route to ${d.address}.`,
    fix: 'Check the network and the address.',
  },
  CLOSED: {
    message: (d) => `The ${d.what} is closed.`,
    fix: 'Do not use it after close().',
  },
  TIMED_OUT: {
    message: (d) => `${d.what} took longer than ${d.timeoutMs} ms.`,
    fix: 'Allow more time, or find out why the peer is silent.',
  },
  NO_ANSWER: {
    message: (d) => `Nobody at ${d.address} answered within ${d.timeoutMs} ms.`,
    fix: 'Check the address and that a server runs there (UDP does not tell whether a message arrived), or wait longer.',
  },
  CLOSED_WITHOUT_ANSWER: {
    message: (d) => `The server at ${d.address} closed the connection without an answer.`,
    fix: "Check that both ends use the same framing (--framing) and that the message is within the server's limits.",
  },
  ABORTED: {
    message: (d) => `${d.what} was aborted by its signal.`,
    fix: 'Nothing; the caller asked for it.',
  },
  DESCRIPTOR_LIMIT: {
    message: (d) => `No file descriptor is left for ${d.what}.`,
    fix: 'Raise the limit (`ulimit -n`), or lower limits.connections.',
  },
  MESSAGE_TOO_LONG: {
    message: (d) => `A datagram of ${d.sizeBytes} bytes cannot be sent; the limit here is ${d.limitBytes} bytes.`,
    fix: 'Send less at a time (1,472 bytes fit one Ethernet frame), or use a stream.',
  },
  FRAME_TOO_LONG: {
    message: (d) =>
      `A frame (${d.framing}) of at least ${d.sizeBytes} bytes exceeds the limit of ${d.limitBytes} bytes.`,
    fix: 'Raise limits.frameBytes, or check that both ends use the same framing.',
  },
  FRAME_INVALID: {
    message: (d) => `The bytes are no valid frame (${d.framing}): ${d.reason}.`,
    fix: 'Check that both ends use the same framing.',
  },
  FRAME_TRUNCATED: {
    message: (d) =>
      `The stream ended inside a frame (${d.framing}); ${d.pendingBytes} bytes were waiting for the rest.`,
    fix: 'The sender must finish its last frame before it closes.',
  },
  OPTION_INVALID: {
    message: (d) => `Option ${d.option} must be ${d.rule}; got ${d.got}.`,
    fix: 'Correct the option.',
  },
  SERVICE_INVALID: {
    message: (d) => `${d.source} is not a service: ${d.reason}.`,
    fix: 'Export `service({ name, message(message, peer) { ... } })` as the default of the module.',
  },
  SERVICE_UNKNOWN: {
    message: (d) => `There is no service ${JSON.stringify(d.name)}; known are ${d.known}.`,
    fix: 'Use a known name, or the path of a module that exports a service.',
  },
  UNSUPPORTED: {
    message: (d) => `Not possible here: ${d.feature}; ${d.reason}.`,
    fix: 'See the table of capabilities (docs/capabilities.md) and `lanework doctor`.',
  },
  BORROW_ASYNC: {
    message: (d) =>
      `The service ${JSON.stringify(d.service)} declares borrow: true, yet its handler returned a promise.`,
    fix: 'Make the handler synchronous, or leave borrow out: messages then stay valid as long as they are kept.',
  },
  LANES_NEED_MODULE: {
    message: (d) => `Lanes of kind ${JSON.stringify(d.laneKind)} need a module URL instead of a service object.`,
    fix: 'Pass new URL("./service.js", import.meta.url), or use inline lanes.',
  },
  RELOAD_NEEDS_LANES: {
    message: (d) => `Lanes of kind ${JSON.stringify(d.laneKind)} cannot load new code while they run.`,
    fix: 'Use thread or process lanes to reload, or restart the program.',
  },
  NOT_SERIALIZABLE: {
    message: (d) => `Cannot send ${d.what} to another process or thread: ${d.reason}.`,
    fix: 'Send plain values, bytes, or handles of lanework (queues, locks, shared memory); functions, symbols and live objects stay where they are.',
  },
  FOLDER_NOT_PRIVATE: {
    message: (d) => `Others could enter the folder ${d.path} of a control socket: ${d.reason}.`,
    fix: 'Choose another folder, or `chmod 700` this one.',
  },
  METHOD_UNKNOWN: {
    message: (d) => `The server has no method ${JSON.stringify(d.method)}; it has ${d.known}.`,
    fix: 'Check the spelling, and that client and server are of the same version.',
  },
  METHOD_MISUSED: {
    message: (d) => `The method ${JSON.stringify(d.method)} was called the wrong way: ${d.reason}.`,
    fix: 'Use call for methods that give one result, stream for those that give many.',
  },
  CONTROL_BUSY: {
    message: (d) => `The control server takes no more than ${d.limit} ${d.what} at a time.`,
    fix: 'Try again later, or raise its limit.',
  },
  PROGRAM_NOT_FOUND: {
    message: (d) => `There is no program ${JSON.stringify(d.program)} (looked for from ${d.cwd}).`,
    fix: 'Check the spelling, that it is installed, and PATH in the environment that it gets.',
  },
  PROGRAM_NOT_STARTED: {
    message: (d) =>
      `The program ${JSON.stringify(d.program)} did not start: ${d.step} failed with ${d.errno} (in ${d.cwd}).`,
    fix: 'For chdir check the folder, for exec that the file may be run and has a #! line or is a binary.',
  },
  KEEPER_NOT_STARTED: {
    message: (d) => `The keeper of programs did not start: ${d.reason}.`,
    fix: 'Check the limits on processes and memory, and that node can be run.',
  },
  KEEPER_LOST: {
    message: (d) => `The keeper of ${JSON.stringify(d.name)} (pid ${d.pid}) was killed, so its end is not known.`,
    fix: 'Start the program again, or look for its pid if it was to survive.',
  },
  SYSTEM_ERROR: {
    message: (d) => `${d.syscall} failed with ${d.errno} for ${d.address}.`,
    fix: 'Look the errno up in `man errno`.',
  },
}

export const errorCodes: readonly ErrorCode[] = Object.keys(errorTable) as ErrorCode[]
