/**
 * Addresses that a supervisor binds for its lanes. It neither reads nor accepts on what it binds (but for `handOver`): it keeps
 * the sockets open, so that what arrives while a lane is dead waits for its successor, and flows keep their lane.
 *
 *                 ┌─ socket 0 ═▶ lane 0         source, round-robin: a SO_REUSEPORT group, in the order of the lanes
 *   udp://:9000 ──┼─ socket 1 ═▶ lane 1         shared: one socket, many duplicates
 *                 └─ socket 2 ═▶ lane 2         least-connections: one listener, a socket pair for each lane
 */
import { checkInteger, checkKnownKeys, fail } from '../core/index.ts'
import type { Native } from '../native/index.ts'
import { isDatagram, isInternet, resolveAddress, type Address } from './address.ts'
import { BoundSocket, type BoundKind } from './bound-socket.ts'
import { descriptorPair, needNative } from './descriptors.ts'
import { bindDatagram } from './native/datagram.ts'
import { backlogDefault, bindStream } from './native/listener.ts'
import { boundAddress, openSocket, setOption } from './native/socket.ts'
import { checkDatagramOptions, checkListenOptions } from './options.ts'
import { spreadFor, type SocketSpread } from './spread.ts'
import { spreadProgram } from './spread-program.ts'
import { checkStatus } from './system-error.ts'
import { discardAll, type Discarded } from './discard.ts'
import { fileIdentity, unlinkOwn } from './unix-path.ts'
import type { DatagramOptions, ListenOptions } from './types.ts'

export interface BindOptions {
  readonly spread: SocketSpread
  /** Lanes: 1 to 1,024. */
  readonly sockets: number
  readonly datagram?: DatagramOptions
  readonly stream?: ListenOptions
}

/** A bound address, and what serves it. */
export interface BoundListener {
  /** With port 0 the one that the system chose, the same for all sockets. */
  readonly address: Address
  readonly spread: SocketSpread
  /** One for each lane; with the spread `shared` each is the same socket. They belong to the listener. */
  readonly sockets: readonly BoundSocket[]
  /** What is bound, for a successor: see inheritSockets. They stay the listener's. */
  readonly descriptors: readonly number[]
  /** Whether `close` removes the file of a Unix socket: no more once a successor has it. */
  ownFile(yes: boolean): void
  /**
   * Lets what comes for these sockets, whose lanes are away, go to the others, until it is called again; the flows of the others
   * stay where they are. What waits in a socket waits on. Without effect where lanes share one socket, or all are away.
   */
  divert(away: readonly number[]): void
  /** Datagrams that the kernel dropped since a queue was full, of all sockets; undefined where nobody counts: streams, Unix. */
  kernelDrops(): number | undefined
  /**
   * Throws away the datagrams that wait unread, resets connections that wait to be accepted, and counts them: at most 65,536
   * of each, since more may arrive meanwhile.
   */
  discard(): Discarded
  /** Closes all sockets, and removes the file of a Unix socket. What still waits in them is gone. */
  close(): Promise<void>
}

/** Most sockets of one address. */
const socketsLimit = 1024
/** Bytes that may wait in the pair to one lane: some 150 connections that came one by one, several hundred in batches. */
const handedQueueBytes = 65_536

/**
 * Binds an address for several lanes, without serving it. TCP and Unix streams listen at once: clients wait in the backlog
 * until lanes are ready. Throws ADDRESS_IN_USE also when the port belongs to a program that would share it (SO_REUSEPORT),
 * and what binding throws otherwise; UNSUPPORTED without the addon.
 */
export async function bindSockets(address: Address, options: BindOptions): Promise<BoundListener> {
  const native = needNative('lanes on bound sockets')
  checkKnownKeys('bind', options, ['spread', 'sockets', 'datagram', 'stream'])
  checkOptions(options)
  const { datagram = {}, stream = {} } = options
  const spread = spreadFor(address, options.spread, datagram)
  const { descriptor } = isDatagram(address) ? datagram : stream
  checkDescriptor(descriptor, spread)
  return bindListener(native, address, options, spread, descriptor === undefined ? [] : [descriptor])
}

/**
 * The listener of a predecessor, by its descriptors, which belong to this one from now on: nothing is bound anew but what
 * more lanes need; of fewer lanes the sockets stay, and somebody has to serve them. The spread stays as it was. The
 * predecessor keeps the file of a Unix socket until `ownFile(true)`. Throws as bindSockets does.
 */
export async function inheritSockets(
  inherited: Pick<BoundListener, 'address' | 'spread' | 'descriptors'>,
  options: Omit<BindOptions, 'spread'>,
): Promise<BoundListener> {
  const native = needNative('lanes on bound sockets')
  checkKnownKeys('bind', options, ['sockets', 'datagram', 'stream'])
  checkOptions(options)
  const { address, spread, descriptors } = inherited
  checkInteger('descriptors', descriptors.length, 1, isGroup(spread) ? socketsLimit : 1)
  return bindListener(native, address, options, spread, descriptors)
}

function checkOptions({ sockets, datagram = {}, stream = {} }: Omit<BindOptions, 'spread'>): void {
  checkInteger('sockets', sockets, 1, socketsLimit)
  checkDatagramOptions(datagram)
  checkListenOptions(stream)
}

/** Whether each lane has a socket of its own. */
function isGroup(spread: SocketSpread): boolean {
  return spread === 'source' || spread === 'round-robin'
}

async function bindListener(
  native: Native,
  address: Address,
  { sockets, datagram = {}, stream = {} }: Omit<BindOptions, 'spread'>,
  spread: SocketSpread,
  given: readonly number[],
): Promise<BoundListener> {
  const setUp: SetUp = (fd, target, reusePort) =>
    isDatagram(target)
      ? bindDatagram(native, fd, target, { ...datagram, reusePort })
      : bindStream(native, fd, target, { ...stream, reusePort })
  const asked = (isDatagram(address) ? datagram.reusePort : stream.reusePort) === true
  const count = isGroup(spread) ? Math.max(sockets, given.length) : 1
  const group = await bindGroup(native, await resolveAddress(address), count, setUp, given, asked)
  try {
    const { descriptors } = group
    if (isDatagram(address) && count > 1) spreadDatagrams(native, { ...group, spread }, [])
    const listening = isDatagram(address) ? [] : descriptors
    for (const fd of listening) {
      checkStatus(native.listen(fd, stream.backlog ?? backlogDefault), { syscall: 'listen', address: group.address })
    }
    const pairs = spread === 'least-connections' ? openPairs(native, sockets, group.address) : []
    return new SystemBoundListener(native, { ...group, spread, pairs, sockets: Math.max(sockets, count) })
  } catch (error) {
    closeAll(native, group)
    throw error
  }
}

/** Lets the kernel choose by a program of ours, which knows whom to pass over. */
function spreadDatagrams(
  native: Native,
  { address, descriptors, spread }: Pick<BoundListener, 'address' | 'descriptors' | 'spread'>,
  away: readonly number[],
): void {
  const program = spreadProgram(spread === 'source' ? 'source' : 'random', descriptors.length, away)
  checkStatus(native.spreadGroup(descriptors[0] as number, program), { syscall: 'setsockopt', address })
}

function checkDescriptor(descriptor: number | undefined, spread: SocketSpread): void {
  if (descriptor === undefined || spread === 'shared' || spread === 'least-connections') return
  throw fail('OPTION_INVALID', {
    option: 'descriptor',
    rule: 'with the spread shared or least-connections',
    got: spread,
  })
}

interface Group {
  readonly address: Address
  readonly descriptors: readonly number[]
  /** The Unix socket's file, when we made it. */
  readonly file: string | undefined
}

type SetUp = (fd: number, address: Address, reusePort: boolean) => Promise<void>

/**
 * The first socket is bound without SO_REUSEPORT: that fails when anybody has the port, also somebody who would share it.
 * Only then is it opened to the others of the group, so that there is no moment in which the port is free.
 */
async function bindGroup(
  native: Native,
  address: Address,
  count: number,
  setUp: SetUp,
  given: readonly number[],
  asked: boolean,
): Promise<Group> {
  const descriptors = given.map((descriptor) => native.claim(descriptor))
  let file: string | undefined
  try {
    if (descriptors.length === 0) {
      descriptors.push(native.claim(await openSocket(native, address, (fd) => setUp(fd, address, asked))))
      if (!isInternet(address)) file = fileIdentity(address.path)
    }
    const first = descriptors[0] as number
    const bound = boundAddress(native, first, address)
    if (count > 1) setOption(native, first, native.SOL_SOCKET, native.SO_REUSEPORT, 1, bound)
    while (descriptors.length < count) {
      descriptors.push(native.claim(await openSocket(native, bound, (fd) => setUp(fd, bound, true))))
    }
    return { address: bound, descriptors, file }
  } catch (error) {
    closeAll(native, { address, descriptors, file })
    throw error
  }
}

function closeAll(native: Native, { address, descriptors, file }: Group): void {
  for (const descriptor of descriptors) native.close(descriptor)
  if (!isInternet(address)) unlinkOwn(address.path, file)
}

/** The way of connections to one lane; the supervisor keeps both ends. */
export interface HandedPair {
  readonly reading: number
  readonly writing: number
}

function openPairs(native: Native, count: number, address: Address): HandedPair[] {
  const pairs: HandedPair[] = []
  try {
    while (pairs.length < count) {
      const [reading, writing] = descriptorPair('datagram')
      pairs.push({ reading: native.claim(reading), writing: native.claim(writing) })
      setOption(native, writing, native.SOL_SOCKET, native.SO_SNDBUF, handedQueueBytes, address)
    }
    return pairs
  } catch (error) {
    for (const pair of pairs) closePair(native, pair)
    throw error
  }
}

function closePair(native: Native, { reading, writing }: HandedPair): void {
  native.close(reading)
  native.close(writing)
}

/** @internal What the machine's listener has besides; `handOver` uses it. */
export class SystemBoundListener implements BoundListener {
  readonly address: Address
  readonly spread: SocketSpread
  readonly sockets: readonly BoundSocket[]
  /** One for each lane, when the supervisor accepts. */
  readonly pairs: readonly HandedPair[]
  readonly descriptors: readonly number[]
  closed: boolean = false
  /** Called before the sockets close: what accepts on them stops. */
  readonly closing: Set<() => void> = new Set()
  readonly #native: Native
  #file: string | undefined

  constructor(
    native: Native,
    made: Group & { readonly spread: SocketSpread; readonly pairs: readonly HandedPair[]; readonly sockets: number },
  ) {
    this.#native = native
    this.#file = made.file
    this.address = made.address
    this.spread = made.spread
    this.pairs = made.pairs
    this.descriptors = made.descriptors
    const kind: BoundKind = made.pairs.length > 0 ? 'handed' : isDatagram(made.address) ? 'datagram' : 'stream'
    const served = kind === 'handed' ? made.pairs.map(({ reading }) => reading) : made.descriptors
    const form = { address: made.address, kind, isShared: made.spread === 'shared' && made.sockets > 1 }
    const own = served.map((descriptor) => new BoundSocket(form, descriptor, true))
    this.sockets = made.spread === 'shared' ? Array.from({ length: made.sockets }, () => own[0] as BoundSocket) : own
  }

  ownFile(yes: boolean): void {
    this.#file = yes && !isInternet(this.address) ? fileIdentity(this.address.path) : undefined
  }

  divert(away: readonly number[]): void {
    if (this.closed || this.descriptors.length < 2) return
    if (isDatagram(this.address)) return spreadDatagrams(this.#native, this, away)
    // The kernel's own hash for connections, unless somebody is away: then by chance, as each has a port of its own anyway.
    const program = away.length === 0 ? new Uint8Array(0) : spreadProgram('random', this.descriptors.length, away)
    const status = this.#native.spreadGroup(this.descriptors[0] as number, program)
    checkStatus(status, { syscall: 'setsockopt', address: this.address })
  }

  kernelDrops(): number | undefined {
    if (this.closed || this.address.scheme !== 'udp') return undefined
    let drops = 0
    for (const descriptor of this.descriptors) drops += Math.max(0, this.#native.kernelDrops(descriptor))
    return drops
  }

  discard(): Discarded {
    if (this.closed) return { datagrams: 0, connections: 0 }
    return discardAll(this.#native, isDatagram(this.address), this.descriptors, this.pairs)
  }

  async close(): Promise<void> {
    if (this.closed) return
    for (const stop of this.closing) stop()
    this.closed = true
    for (const socket of this.sockets) socket.close()
    // Of a handed spread the sockets are the reading ends alone.
    if (this.pairs.length > 0) {
      for (const { writing } of this.pairs) this.#native.close(writing)
      for (const descriptor of this.descriptors) this.#native.close(descriptor)
    }
    if (!isInternet(this.address)) unlinkOwn(this.address.path, this.#file)
  }
}
