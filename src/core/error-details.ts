/** What each error tells besides its text, by its code; the texts are in error-table.ts. */

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
  HANDSHAKE_REFUSED: { address: string; reason: string }
  CONNECT_TIMEOUT: { address: string; timeoutMs: number }
  HOST_UNREACHABLE: { address: string }
  CLOSED: { what: string }
  TIMED_OUT: { what: string; timeoutMs: number }
  NO_ANSWER: { address: string; timeoutMs: number }
  CLOSED_WITHOUT_ANSWER: { address: string }
  TIME_UNUSABLE: { address: string; reason: string; kiss: string }
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
  RELOAD_FAILED: { service: string; reason: string }
  LANES_FAILED: { service: string; deaths: number; withinMs: number; reason: string }
  UPGRADE_FAILED: { reason: string }
  SERVER_NOT_FOUND: { wanted: string; known: string }
  TASK_INVALID: { got: string; reason: string }
  TASK_NOT_FOUND: { url: string; name: string; reason: string }
  PROCESS_DIED: { name: string; pid: number; reason: string; exitCode: number; description: string; stderr: string }
  PROCESS_STATE: { name: string; problem: string }
  START_DURING_IMPORT: { name: string }
  WORKER_LOST: {
    task: string
    lane: string
    pid: number
    reason: string
    exitCode: number
    description: string
    stderr: string
  }
  TASK_QUARANTINED: { task: string; attempts: number; deaths: string }
  POOL_BROKEN: { failures: number; reason: string }
  QUEUE_FULL: { queue: string; limit: number }
  NOT_SERIALIZABLE: { what: string; reason: string }
  RESTART_INTENSITY: { child: string; restarts: number; withinMs: number; reason: string }
  CHILD_START_FAILED: { child: string; reason: string }
  CHILD_STUCK: { child: string; shutdownMs: number }
  CHILD_UNKNOWN: { child: string; known: string }
  LOCK_NOT_HELD: { what: string }
  WOULD_DEADLOCK: { what: string }
  RELEASED_TOO_OFTEN: { what: string; limit: number }
  BARRIER_BROKEN: { parties: number }
  WAITERS_LIMIT: { what: string; limit: number }
  MEMORY_NAME_IN_USE: { name: string }
  MEMORY_NOT_FOUND: { name: string }
  MEMORY_LAYOUT: { what: string; reason: string }
  ITEM_TOO_LONG: { sizeBytes: number; limitBytes: number }
  TASKS_DONE_EXCEEDED: { what: string }
  FOLDER_NOT_PRIVATE: { path: string; reason: string }
  METHOD_UNKNOWN: { method: string; known: string }
  METHOD_MISUSED: { method: string; reason: string }
  CONTROL_BUSY: { what: string; limit: number }
  SUBJECT_INVALID: { subject: string; reason: string }
  PAYLOAD_TOO_LONG: { subject: string; sizeBytes: number; limitBytes: number }
  NO_RESPONDER: { subject: string }
  RESPONDER_LOST: { subject: string }
  STORE_IN_USE: { folder: string }
  PROGRAM_NOT_FOUND: { program: string; argv: readonly string[]; cwd: string }
  PROGRAM_NOT_STARTED: { program: string; argv: readonly string[]; cwd: string; step: string; errno: string }
  KEEPER_NOT_STARTED: { reason: string }
  KEEPER_LOST: { name: string; pid: number }
  WORKLOAD_INVALID: { file: string; line: number; column: number; field: string; rule: string; got: string }
  JOB_INVALID: { place: string; field: string; rule: string; got: string }
  JOB_UNKNOWN: { job: string; known: string }
  JOB_IMPOSSIBLE: { place?: string | undefined; job: string; what: string; wanted: number; most: number }
  DEPENDENCY_UNKNOWN: { place?: string | undefined; job: string; dependency: string; known: string }
  DEPENDENCY_CYCLE: { place?: string | undefined; jobs: string }
  JOURNAL_NOT_WRITTEN: { path: string; reason: string }
  JOURNAL_INVALID: { path: string; line: number; reason: string }
  BATCH_NOT_FOUND: { folder: string }
  BATCH_RUNS: { folder: string; pid: number }
  BATCH_FULL: { jobs: number; limit: number }
  WORKLOAD_TOO_LARGE: { file: string; line: number; what: string; limit: number }
  MEMORY_IMPOSSIBLE: { job: string; size: number; largest: number; what: string }
  DISK_FULL: { file: string; blocks: number; free: number; reason: string }
  QUOTA_EXCEEDED: { owner: string; blocks: number; quota: number }
  SCENARIO_INVALID: { file: string; line: number; reason: string }
  DNS_NAME_INVALID: { input: string; reason: string }
  DNS_MESSAGE_INVALID: { offset: number; reason: string }
  DNS_DATA_INVALID: { type: string; field: string; reason: string }
  LOOKUP_FAILED: { name: string; type: string; server: string; rcode: string }
  ZONE_INVALID: {
    file: string
    line: number
    column: number
    reason: string
    /** What else was found wrong, up to the limit. */
    others: readonly { file: string; line: number; column: number; reason: string }[]
  }
  TRANSFER_FAILED: { zone: string; reason: string }
  ZONE_UNKNOWN: { zone: string; reason: string }
  LOCALE_UNKNOWN: { locale: string; reason: string }
  FORMAT_INVALID: { format: string; position: number; reason: string }
  OUTPUT_TOO_LONG: { what: string; limitBytes: number }
  REQUEST_REFUSED: { address: string; reason: string }
  SYSTEM_ERROR: { syscall: string; errno: string; address: string }
}
