/**
 * The calls of the addon (native/*.c), typed. Every number returned is a count or descriptor when
 * it is >= 0, and a negative errno otherwise. Buffers handed over at `*Open` are read and written by
 * later calls, so the caller keeps them alive as long as the handle.
 */

declare const handleBrand: unique symbol
/** An opaque pointer held by the addon. */
export type Handle<Kind extends string> = { readonly [handleBrand]: Kind }

export interface Native {
  // address.c
  readonly recordBytes: number
  packAddress(record: Uint8Array, family: 4 | 6 | 1, hostOrPath: string, port: number): number
  /** [family 4 | 6 | 1, or 0 for none; host or path; port] */
  unpackAddress(record: Uint8Array): [number, string, number]

  // descriptor.c
  socket(family: 4 | 6 | 1, stream: 0 | 1): number
  bind(fd: number, record: Uint8Array): number
  connect(fd: number, record: Uint8Array): number
  listen(fd: number, backlog: number): number
  localName(fd: number, record: Uint8Array): number
  peerName(fd: number, record: Uint8Array): number
  setOption(fd: number, level: number, name: number, value: number): number
  getOption(fd: number, level: number, name: number): number
  /** Writes [pid, uid, gid]. */
  peerCredentials(fd: number, found: Int32Array): number
  resetOnClose(fd: number): number
  kernelDrops(fd: number): number
  joinGroup(fd: number, record: Uint8Array, interfaceIndex: number, leave: 0 | 1): number
  multicastInterface(fd: number, family: 4 | 6, interfaceIndex: number): number
  interfaceIndex(name: string): number
  recvFrom(fd: number, buffer: Uint8Array, truncated: Int32Array, record: Uint8Array): number
  sendTo(fd: number, bytes: Uint8Array, record: Uint8Array | undefined): number
  pair(stream: 0 | 1, fds: Int32Array): number
  sendDescriptors(fd: number, bytes: Uint8Array, fds: Int32Array): number
  recvDescriptors(fd: number, buffer: Uint8Array, fds: Int32Array): number
  shutdownWrite(fd: number): number
  close(fd: number): number
  duplicate(fd: number): number

  // owner.c: what a thread owns is closed at its end, also when it is terminated
  /** Gives the descriptor, or the error it was given instead of one. */
  claim(fd: number): number
  /** Before something else becomes responsible for it. `close` releases too. */
  release(fd: number): number
  /** An owner for descriptors on their way between two threads. What nobody took is closed with it, or with this thread. */
  transitOpen(): number
  transitClose(transit: number): number
  give(fd: number, transit: number): number
  /** -EBADF when the way was closed before. */
  take(fd: number, transit: number): number
  /** Children that this thread leaves behind are reaped when they die. */
  childStarted(pid: number): number
  childEnded(pid: number): number

  // poll.c
  pollStart(fd: number, mask: number, callback: (events: number) => void): Handle<'poll'> | number
  pollSet(handle: Handle<'poll'>, mask: number): number
  /** In a turn after `pollStart` or `pollSet`: of all processes that wait like this the kernel wakes one. */
  pollExclusive(handle: Handle<'poll'>): number
  pollRef(handle: Handle<'poll'>, yes: 0 | 1): number
  pollClose(handle: Handle<'poll'>): number
  /** Blocks the thread: a mask, or 0 after `timeoutMs` (-1: no limit). */
  pollNow(fd: number, mask: number, timeoutMs: number): number

  // datagram.c
  readonly slotPaddingBytes: number
  datagramOpen(
    fd: number,
    slots: Uint8Array,
    slotBytes: number,
    received: Int32Array,
    arrivals: Uint8Array,
    arena: Uint8Array,
    outgoing: Uint8Array,
    withLocal: 0 | 1,
  ): Handle<'datagrams'> | number
  /** From now on the kernel says when each datagram came: 65 pairs of seconds and nanoseconds, the last of the batch itself. */
  datagramTimes(handle: Handle<'datagrams'>, times: Float64Array): number
  datagramReceive(handle: Handle<'datagrams'>, most: number, parcel: Uint8Array, used: number): number
  datagramSend(handle: Handle<'datagrams'>, count: number): number
  /** Closes the descriptor, which the handle owns. */
  datagramClose(handle: Handle<'datagrams'>): number

  // clock.c
  /** Writes seconds since 1970 and nanoseconds of the system's real-time clock. */
  realTime(pair: Float64Array): number

  // stream.c
  streamOpen(
    arena: Uint8Array,
    events: Int32Array,
    outArena: Uint8Array,
    outgoing: Int32Array,
  ): Handle<'streams'> | number
  streamDescriptor(handle: Handle<'streams'>): number
  streamWatch(handle: Handle<'streams'>, fd: number, accepts: number, wanted: number): number
  streamWant(handle: Handle<'streams'>, fd: number, wanted: number): number
  streamForget(handle: Handle<'streams'>, fd: number): number
  streamWait(handle: Handle<'streams'>): number
  streamFlush(handle: Handle<'streams'>, count: number): number
  streamWrite(fd: number, bytes: Uint8Array, offset: number, end?: number): number

  // bound.c: what a supervisor does with sockets that lanes serve
  /** Classic BPF, eight bytes an instruction, that names the socket of a SO_REUSEPORT group for each arrival; none: the kernel chooses. */
  spreadGroup(fd: number, instructions: Uint8Array): number
  /** How many connections now stand in `fds`, with a record each; an error only when the first could not be accepted. */
  acceptMany(fd: number, records: Uint8Array, fds: Int32Array): number
  /** Takes and forgets. */
  discardDatagrams(fd: number, most: number): number
  /** Accepts and resets. */
  discardConnections(fd: number, most: number): number

  // memory.c: what is made here belongs to this thread
  memoryCreate(name: string, bytes: number): number
  memoryCopy(name: string, bytes: Uint8Array): number
  memoryMap(fd: number, bytes: number): ArrayBuffer | number
  /** Unmaps; every view of the buffer becomes empty. */
  memoryRelease(buffer: ArrayBuffer): number
  /** Another opening of the same file, unlike a duplicate. */
  memoryOpenAgain(fd: number): number
  descriptorBytes(fd: number): number
  /** The same for all descriptors of one file, as long as one of them is open. */
  descriptorIdentity(fd: number): number
  lockFile(fd: number, kind: 0 | 1 | 2): number
  eventOpen(): number
  eventSignal(fd: number): number
  /** A descriptor that each signal of the event makes readable, whoever else watches or drains; until `watchClear`. */
  eventWatch(fd: number): number
  watchClear(watch: number): number

  // process.c
  threadId(): number
  /** From now on the kernel kills this process when the thread that started it ends. */
  dieWithParent(): number

  // program.c
  /** `settings`: [stdin, stdout, stderr, flags, nice, failed step (written), marks, control group, cpus...]; gives the pid. */
  spawnProgram(
    paths: readonly string[],
    argv: readonly string[],
    environment: readonly string[],
    folder: string,
    settings: Int32Array,
    mark: string,
  ): number
  /** Of one child or any (-1): its pid, 0 while none has ended. `outcome` is of 11 numbers. */
  reapProgram(pid: number, outcome: Float64Array): number
  becomeSubreaper(): number
  /** [reading, writing]; our end, 0 or 1, does not block. */
  openPipe(fds: Int32Array, ours: 0 | 1): number
  readBytes(fd: number, buffer: Uint8Array): number
  writeBytes(fd: number, bytes: Uint8Array): number

  // watch.c
  /** The roots and all their descendants, as rows of 15 numbers; see there. -ENOENT where the kernel does not list children. */
  walkTree(rows: Float64Array, roots: Int32Array): number
  /** CPU time of each process in nanoseconds, -1 for one that is gone. */
  cpuTimes(pids: Int32Array, nanoseconds: Float64Array): number
  /** [bytes read, bytes written (-1: not to be seen), peak resident bytes, voluntary, involuntary switches] of one process. */
  processUse(pid: number, use: Float64Array): number
  /** Moves all threads of a process; how many there were. */
  setAffinity(pid: number, cpus: Int32Array): number
  /** A descriptor of the process that started then; -ESRCH when it is gone, whoever has its pid now; -ENOSYS before Linux 5.3. */
  openProcess(pid: number, startTicks: number): number
  /** To that process, or its group; -ESRCH when it is gone, -EINVAL for a group before Linux 6.9. */
  signalProcess(fd: number, signal: number, group: 0 | 1): number
  /** How it ended, as waitpid(2) gives it, once anybody has reaped it; negative before, and before Linux 6.15. */
  exitStatus(fd: number): number
  /** Children that stop or go on no longer raise SIGCHLD, only those that end do. After the handler was installed. */
  quietStops(): number
  /**
   * Takes whole blocks off the front of a file, in one step for whoever appends, in another thread; then calls back with 0, or
   * -EOPNOTSUPP where the file system cannot. Negative when it could not even begin, and nobody is called.
   */
  cutFront(fd: number, bytes: number, callback: (status: number) => void): number

  // Constants of the platform's headers
  readonly SOL_SOCKET: number
  readonly SO_REUSEADDR: number
  readonly SO_REUSEPORT: number
  readonly SO_RCVBUF: number
  readonly SO_RCVBUFFORCE: number
  readonly SO_SNDBUF: number
  readonly SO_BROADCAST: number
  readonly SO_ERROR: number
  readonly IPPROTO_IP: number
  readonly IP_PKTINFO: number
  readonly IP_MULTICAST_TTL: number
  readonly IP_MULTICAST_LOOP: number
  readonly IPPROTO_IPV6: number
  readonly IPV6_V6ONLY: number
  readonly IPV6_RECVPKTINFO: number
  readonly IPV6_MULTICAST_HOPS: number
  readonly IPV6_MULTICAST_LOOP: number
  readonly IPPROTO_TCP: number
  readonly TCP_NODELAY: number
}
