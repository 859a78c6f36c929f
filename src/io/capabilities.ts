/**
 * What works where: one row a feature, the native path beside Node's own modules. docs/capabilities.md is
 * generated from it, `lanework doctor` prints it, and the test matrix follows it.
 */
export interface Capability {
  readonly id: string
  readonly feature: string
  /** True: works; a text: works with a difference; false: fails with UNSUPPORTED or is undefined. */
  readonly native: true | string
  readonly node: boolean | string
}

export const capabilities: readonly Capability[] = [
  { id: 'udp', feature: 'UDP, IPv4, IPv6 and dual stack', native: true, node: true },
  {
    id: 'udp-batch',
    feature: 'UDP batches (recvmmsg, sendmmsg)',
    native: 'up to 64 a call',
    node: 'one datagram a call',
  },
  { id: 'udp-broadcast', feature: 'Broadcast', native: true, node: true },
  { id: 'udp-multicast', feature: 'Multicast join on chosen interfaces', native: true, node: true },
  {
    id: 'udp-truncation',
    feature: 'Truncated datagrams seen and counted',
    native: true,
    node: 'by length, in `messageBytes` and recvFrom only',
  },
  { id: 'udp-kernel-drops', feature: 'Datagrams dropped by the kernel, counted', native: true, node: false },
  { id: 'udp-reply-from', feature: 'Replies leave from the address the request came to', native: true, node: false },
  { id: 'udp-refused', feature: 'Closed port reported on a connected UDP socket', native: true, node: true },
  {
    id: 'udp-pause',
    feature: 'A paused socket leaves datagrams in the kernel',
    native: true,
    node: 'they wait in memory, up to 208 KiB',
  },
  { id: 'reuse-port', feature: 'Several sockets on one port (SO_REUSEPORT)', native: true, node: false },
  {
    id: 'timestamps',
    feature: 'Times of arrival from the kernel, in nanoseconds (SO_TIMESTAMPNS)',
    native: true,
    node: 'the time when Node hands the datagram over, within a millisecond',
  },
  { id: 'buffers', feature: 'Buffer sizes read back, clamping reported', native: true, node: true },
  { id: 'unix-datagram', feature: 'Unix datagrams', native: true, node: false },
  { id: 'tcp', feature: 'TCP, half-close, reset told apart from a clean end', native: true, node: true },
  { id: 'ws', feature: 'WebSockets, and pages over HTTP/1.1', native: true, node: true },
  { id: 'unix', feature: 'Unix streams', native: true, node: true },
  { id: 'stream-batch', feature: 'Accepts, reads and writes in batches', native: true, node: false },
  {
    id: 'backlog',
    feature: 'An accept loop leaves the next client in the backlog',
    native: true,
    node: 'accepted by Node and held back',
  },
  {
    id: 'descriptor-limit',
    feature: 'No descriptor left: accepting pauses, with an event',
    native: true,
    node: 'Node closes the connection without telling',
  },
  { id: 'descriptors', feature: 'Descriptors passed between processes', native: true, node: false },
  {
    id: 'connections-handed-over',
    feature: 'Connections handed to other threads and processes (Threading and Forking servers)',
    native: true,
    node: false,
  },
  {
    id: 'lanes',
    feature: 'Lanes in threads and processes, on sockets that a supervisor binds',
    native: true,
    node: false,
  },
  {
    id: 'pipes',
    feature: 'Pipes between processes',
    native: true,
    node: 'served by the thread that made them, for as long as it lives',
  },
  {
    id: 'queues',
    feature: 'Queues between processes',
    native: true,
    node: 'served by the thread that made them; no forms that block, `try...` and exact sizes only there',
  },
  {
    id: 'typed-rings',
    feature: 'Queues of numbers of one kind, moved in bulk',
    native: true,
    node: 'work, at the speed of other queues',
  },
  {
    id: 'locks',
    feature: 'Locks, semaphores, conditions, events and barriers between processes',
    native: true,
    node: 'served by the thread that made them; no forms that block, `try...` only there',
  },
  { id: 'blocking', feature: 'Waiting that blocks the thread (`...Sync`)', native: true, node: false },
  { id: 'shared-memory', feature: 'Memory shared between processes', native: true, node: false },
  { id: 'managers', feature: 'Objects in a manager, with proxies anywhere', native: true, node: true },
  {
    id: 'manager-handles',
    feature: 'Queues, locks and pipes as values in a manager',
    native: 'only those that need no descriptors: proxies, managers',
    node: true,
  },
  {
    id: 'parent-death',
    feature: 'Children end with the program or thread that started them',
    native: true,
    node: 'by setpriv(1) of util-linux where it is installed, else when their channel ends, which a busy loop does not see',
  },
  { id: 'program-resources', feature: 'Resource use of programs, told at their end', native: true, node: false },
]
