/**
 * The table of error codes: with error-table-work.ts the only place where a code and its wording live.
 *
 * `docs/errors.md` is generated from it, and `test/error-codes.test.ts` checks that each code
 * is named by a test. A message says what happened, with the values, and `fix` says what to do.
 */
import type { ErrorDetails } from './error-details.ts'
import type { ErrorEntry } from './error-entry.ts'
import { workErrors } from './error-table-work.ts'

export type ErrorCode = keyof ErrorDetails

export const errorTable: { readonly [Code in ErrorCode]: ErrorEntry<ErrorDetails[Code]> } = {
  ADDRESS_INVALID: {
    message: (d) => `Address ${JSON.stringify(d.input)} is not valid: ${d.reason}.`,
    fix: 'Write udp://HOST:PORT, tcp://HOST:PORT, ws://HOST:PORT/PATH, unix:PATH or unix-dgram:PATH; IPv6 hosts stand in brackets.',
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
  HANDSHAKE_REFUSED: {
    message: (d) => `${d.address} did not accept the WebSocket: ${d.reason}.`,
    fix: 'Check the path and that a WebSocket server listens there; 403 means that it does not accept the origin.',
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
  TIME_UNUSABLE: {
    message: (d) => `${d.address} answered, but its time cannot be used: ${d.reason}.`,
    fix: 'Ask another server, or wait until this one is synchronised; after RATE ask less often, after DENY or RSTR not again.',
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
  RELOAD_FAILED: {
    message: (d) =>
      `The new lanes of ${d.service} did not become ready, so the old ones go on (${withoutPeriod(d.reason)}).`,
    fix: 'Mend the service or the configuration, and reload again.',
  },
  LANES_FAILED: {
    message: (d) =>
      `The lanes of ${d.service} died ${d.deaths} times within ${d.withinMs} ms, so the server has stopped (${withoutPeriod(d.reason)}).`,
    fix: 'Look at the cause: a service that fails at its start fails again. supervision.restarts allows more.',
  },
  UPGRADE_FAILED: {
    message: (d) => `The new supervisor did not take over, so this one goes on (${withoutPeriod(d.reason)}).`,
    fix: 'Look at what the new program printed, and try again.',
  },
  SERVER_NOT_FOUND: {
    message: (d) => `No server ${d.wanted}; ${d.known}.`,
    fix: 'Start one (`lanework up`, `lanework serve`), or give the --state or --control that it was started with.',
  },
  TASK_INVALID: {
    message: (d) => `Cannot run ${d.got} elsewhere: ${d.reason}.`,
    fix: "Make it a task of its module: export const name = task(import.meta, 'name', (...) => ...).",
  },
  TASK_NOT_FOUND: {
    message: (d) => `There is no task ${JSON.stringify(d.name)} in ${d.url}: ${d.reason}.`,
    fix: 'Make the task at the top level of the module whose import.meta it gets, under the same name.',
  },
  PROCESS_DIED: {
    message: (d) =>
      `${d.name} (pid ${d.pid}) ${d.description} (${d.reason}, exit code ${d.exitCode}).${d.stderr === '' ? '' : ` Its last words:\n${d.stderr}`}`,
    fix: 'See detail.reason, the cause and its last lines of stderr.',
  },
  PROCESS_STATE: {
    message: (d) => `${d.name} ${d.problem}.`,
    fix: 'Start a process once, and join it before it is closed.',
  },
  START_DURING_IMPORT: {
    message: (d) =>
      `${d.name} was to be started by a module that a child process imports for its task; each child would start another.`,
    fix: 'Keep tasks in a module of their own, apart from the program that starts processes.',
  },
  WORKER_LOST: {
    message: (d) =>
      `${d.lane} (pid ${d.pid}) ${d.description} while it ran ${d.task} (${d.reason}, exit code ${d.exitCode}).${d.stderr === '' ? '' : ` Its last words:\n${d.stderr}`}`,
    fix: "Nobody knows how far the task came; if it may run twice, give it onWorkerLost: 'retry'.",
  },
  TASK_QUARANTINED: {
    message: (d) => `${d.task} is not run again: ${d.attempts} lanes died that ran it (${d.deaths}).`,
    fix: 'Look at its arguments in pool.quarantined, and at what it does to its process.',
  },
  POOL_BROKEN: {
    message: (d) => `The pool cannot start its lanes; the last of ${d.failures} ${d.reason}.`,
    fix: 'See the cause: mostly the initializer fails, or the module of a task cannot be found.',
  },
  QUEUE_FULL: {
    message: (d) => `The queue of ${d.queue} is full: ${d.limit} wait.`,
    fix: 'Submit more slowly (imap does it by itself), or raise the limit.',
  },
  NOT_SERIALIZABLE: {
    message: (d) => `Cannot send ${d.what} to another process or thread: ${d.reason}.`,
    fix: 'Send plain values, bytes, or handles of lanework (queues, locks, shared memory); functions, symbols and live objects stay where they are.',
  },
  RESTART_INTENSITY: {
    message: (d) =>
      `The supervisor gave up: more than ${d.restarts} restarts within ${d.withinMs} ms; the last to die was ${d.child} (${d.reason}).`,
    fix: 'Find out why the child dies (see cause), or allow more restarts with `intensity`.',
  },
  CHILD_START_FAILED: {
    message: (d) => `The child ${d.child} could not be started: ${d.reason}.`,
    fix: 'See cause; nothing of the child is left running.',
  },
  CHILD_STUCK: {
    message: (d) => `The child ${d.child} ended neither within ${d.shutdownMs} ms after stop nor after kill.`,
    fix: 'Let its `ended` resolve once nothing of it runs, and give it a `kill` that cannot be ignored.',
  },
  CHILD_UNKNOWN: {
    message: (d) => `The supervisor has no child ${JSON.stringify(d.child)}; known are ${d.known}.`,
    fix: 'Use a known id; temporary children are forgotten when they end.',
  },
  LOCK_NOT_HELD: {
    message: (d) => `The ${d.what} is not held by who wants to release it or to wait with it.`,
    fix: 'Acquire it first, in the same thread, and release it once.',
  },
  WOULD_DEADLOCK: {
    message: (d) => `This thread holds the ${d.what} already; blocking for it would never end.`,
    fix: 'Release it first, wait with `await acquire()`, or use an RLock.',
  },
  RELEASED_TOO_OFTEN: {
    message: (d) => `The ${d.what} cannot be released: all of its ${d.limit} permits are free or taken by others.`,
    fix: 'Release as often as you acquired.',
  },
  BARRIER_BROKEN: {
    message: (d) => `The barrier of ${d.parties} parties is broken: one of them died, gave up or aborted it.`,
    fix: 'Find out which party is missing, then call reset().',
  },
  WAITERS_LIMIT: {
    message: (d) => `The ${d.what} has ${d.limit} waiters already.`,
    fix: 'Let fewer wait at a time.',
  },
  MEMORY_NAME_IN_USE: {
    message: (d) => `There is shared memory named ${JSON.stringify(d.name)} already.`,
    fix: 'Open it, or choose another name.',
  },
  MEMORY_NOT_FOUND: {
    message: (d) => `There is no shared memory named ${JSON.stringify(d.name)}.`,
    fix: 'Check the name; named memory ends when its last user closes it or ends.',
  },
  MEMORY_LAYOUT: {
    message: (d) => `The shared memory does not hold ${d.what} as this program knows them: ${d.reason}.`,
    fix: 'Let the same version of the program write and read it, or make the memory anew.',
  },
  ITEM_TOO_LONG: {
    message: (d) => `An item of ${d.sizeBytes} bytes does not fit into a queue of ${d.limitBytes} bytes.`,
    fix: 'Raise capacityBytes of the queue, put less at a time, or share memory (SharedMemory) and put where it is.',
  },
  TASKS_DONE_EXCEEDED: {
    message: (d) => `taskDone() was called more often than items were taken from the ${d.what}.`,
    fix: 'Call taskDone() once for each item, after it was taken and worked on.',
  },
  FOLDER_NOT_PRIVATE: {
    message: (d) => `Others could enter the folder ${d.path}, which must be private: ${d.reason}.`,
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
    message: (d) => `The server takes no more than ${d.limit} ${d.what} at a time.`,
    fix: 'Try again later, or raise its limit.',
  },
  SUBJECT_INVALID: {
    message: (d) => `The subject ${JSON.stringify(d.subject)} is not valid: ${d.reason}.`,
    fix: 'Write words of visible ASCII with dots between them; subjectToken() makes a word of any text.',
  },
  PAYLOAD_TOO_LONG: {
    message: (d) => `A payload of ${d.sizeBytes} bytes for ${d.subject} exceeds the limit of ${d.limitBytes} bytes.`,
    fix: 'Send less at a time, or send where it can be read.',
  },
  NO_RESPONDER: {
    message: (d) => `Nobody answers requests of ${d.subject}.`,
    fix: 'Start who answers it first, and await `ready` of its respond().',
  },
  RESPONDER_LOST: {
    message: (d) => `Who was to answer a request of ${d.subject} was lost before it did.`,
    fix: 'Ask again if the request may be answered twice: nobody knows how far it came.',
  },
  STORE_IN_USE: {
    message: (d) => `Another server, or another thread, uses the store in ${d.folder}.`,
    fix: 'Stop the other one, or choose another folder: a store has one owner at a time.',
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
  ...workErrors,
  DNS_NAME_INVALID: {
    message: (d) => `The domain name ${JSON.stringify(d.input)} is not valid: ${d.reason}.`,
    fix: 'Labels have 1 to 63 bytes, a name at most 255; write dots and backslashes inside a label as \\. and \\\\, other bytes as \\DDD.',
  },
  DNS_MESSAGE_INVALID: {
    message: (d) => `The DNS message is malformed at byte ${d.offset}: ${d.reason}.`,
    fix: 'Drop it, or answer FORMERR where its header can be read.',
  },
  DNS_DATA_INVALID: {
    message: (d) => `Data of a ${d.type} record is not valid: ${d.field === '' ? '' : `${d.field}: `}${d.reason}.`,
    fix: 'Correct the field; docs/zone-files.md says what each type takes.',
  },
  LOOKUP_FAILED: {
    message: (d) => `${d.type} of ${d.name} could not be found out: ${d.server} says ${d.rcode}.`,
    fix: 'SERVFAIL may pass: ask again later, or another server; REFUSED: ask a server that answers for this name, and to you.',
  },
  ZONE_INVALID: {
    message: (d) =>
      `${d.file}:${d.line}:${d.column}: ${d.reason}.${d.others.length > 0 ? ` There are ${d.others.length} problems more.` : ''}`,
    fix: 'Correct the zone file; `lanework dns check FILE` lists every problem.',
  },
  TRANSFER_FAILED: {
    message: (d) => `The zone ${d.zone} was not transferred: ${d.reason}.`,
    fix: 'The zone here stays as it was, until it expires; look at what the primary allows, at the key, and at its log.',
  },
  ZONE_UNKNOWN: {
    message: (d) => `There is no time zone ${JSON.stringify(d.zone)}: ${d.reason}.`,
    fix: 'Use a name of the time zone database (Europe/Berlin, UTC), an offset (+05:30), or a POSIX rule (CET-1CEST,M3.5.0,M10.5.0/3).',
  },
  LOCALE_UNKNOWN: {
    message: (d) => `There is no locale ${JSON.stringify(d.locale)}: ${d.reason}.`,
    fix: 'Use C, or a language tag such as de, pt-BR or ja-JP-u-ca-japanese.',
  },
  FORMAT_INVALID: {
    message: (d) => `The format ${JSON.stringify(d.format)} is wrong at position ${d.position}: ${d.reason}.`,
    fix: 'docs/strftime.md lists the directives; %% is a percent sign. Without `strict` such text is copied as it is.',
  },
  OUTPUT_TOO_LONG: {
    message: (d) => `${d.what} would be longer than ${d.limitBytes} bytes.`,
    fix: 'Shorten the format or its widths, or allow more with limitBytes.',
  },
  REQUEST_REFUSED: {
    message: (d) => `The server at ${d.address} refused the request: ${d.reason}.`,
    fix: 'Correct the request; docs/strftime.md says what a format service refuses, and why.',
  },
  SYSTEM_ERROR: {
    message: (d) => `${d.syscall} failed with ${d.errno} for ${d.address}.`,
    fix: 'Look the errno up in `man errno`.',
  },
}

export const errorCodes: readonly ErrorCode[] = Object.keys(errorTable) as ErrorCode[]

/** A reason that is a sentence of its own, as part of another. */
function withoutPeriod(text: string): string {
  return text.replace(/\.$/, '')
}
