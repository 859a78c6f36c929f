/**
 * Gives up root for good, once the privileged ports are bound: other groups, then the group, then the user, as none of these can be
 * changed after the last. See setgroups(2), setresuid(2), capabilities(7).
 */
import { readFileSync } from 'node:fs'

import { fail } from '../core/index.ts'

/** Who a process may become. */
export interface UserIdentity {
  readonly uid: number
  readonly gid: number
  /** Supplementary groups. */
  readonly groups: readonly number[]
  readonly name: string
}

/** The texts of the system's two tables, passwd(5) and group(5). */
export interface UserTables {
  readonly passwd: string
  readonly group: string
}

const idLimit = 2 ** 32 - 2

/**
 * Finds a user and a group by name or number. Without a group it is the user's own; a number that no table knows needs a group.
 * Throws OPTION_INVALID for unknown ones.
 */
export function findUser(user: string | number, group: string | number | undefined, tables: UserTables): UserIdentity {
  const entry = lines(tables.passwd).find(([name, , uid]) => name === user || uid === String(user))
  const uid = idOf('user', user, entry?.[2])
  const name = entry?.[0] ?? String(uid)
  if (group === undefined && entry === undefined) {
    throw fail('OPTION_INVALID', {
      option: 'group',
      rule: `given for user ${uid}, who is in no table`,
      got: 'undefined',
    })
  }
  const gid = group === undefined ? idOf('group', entry?.[3] ?? '', entry?.[3]) : findGroup(group, tables)
  const member = lines(tables.group).filter(([, , , names = '']) => names.split(',').includes(name))
  const groups = [gid, ...member.map(([, , id]) => Number(id))]
  return { uid, gid, groups: [...new Set(groups)].filter((id) => Number.isInteger(id)), name }
}

function findGroup(group: string | number, tables: UserTables): number {
  const entry = lines(tables.group).find(([name, , gid]) => name === group || gid === String(group))
  return idOf('group', group, entry?.[2])
}

/** The number from the table, else what was given if that is a number. */
function idOf(option: 'user' | 'group', given: string | number, found: string | undefined): number {
  const text = found ?? String(given)
  if (/^\d{1,10}$/.test(text) && Number(text) <= idLimit) return Number(text)
  throw fail('OPTION_INVALID', {
    option,
    rule: 'a name that the system knows, or a number',
    got: JSON.stringify(given),
  })
}

function lines(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'))
}

/**
 * Makes this whole process another user, for good: all its threads, and all processes that it starts from then on.
 * Throws OPTION_INVALID (nobody of that name), PERMISSION_DENIED (we are not root), UNSUPPORTED (in a worker thread, on Windows),
 * SYSTEM_ERROR (the system refused, or root could be regained: the process must end then).
 */
export function becomeUser(user: string | number, group?: string | number): UserIdentity {
  const { setgroups, setgid, setuid, geteuid } = process // functions that use no `this`
  if (setgroups === undefined || setgid === undefined || setuid === undefined || geteuid === undefined) {
    throw unsupported()
  }
  const identity = findUser(user, group, { passwd: readTable('/etc/passwd'), group: readTable('/etc/group') })
  // A successor of a server that gave up root is that user already.
  if (identity.uid !== 0 && isAlready(identity)) return identity
  if (geteuid() !== 0) throw fail('PERMISSION_DENIED', { address: `user ${identity.name} (we are not root)` })
  attempt('setgroups', identity, () => setgroups([...identity.groups]))
  attempt('setgid', identity, () => setgid(identity.gid))
  attempt('setuid', identity, () => setuid(identity.uid))
  if (identity.uid !== 0) verify(identity)
  return identity
}

function isAlready({ uid, gid, groups }: UserIdentity): boolean {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()]
  const own = process.getgroups?.() ?? []
  return ids.join() === [uid, uid, gid, gid].join() && own.every((each) => groups.includes(each))
}

/** Root must be out of reach: an error here is worse than not serving at all. */
function verify(identity: UserIdentity): void {
  const mayReturn = succeeds(() => process.setuid?.(0)) || (identity.gid !== 0 && succeeds(() => process.setgid?.(0)))
  if (isAlready(identity) && !mayReturn && !hasCapabilities()) return
  throw fail('SYSTEM_ERROR', { syscall: 'setuid', errno: 'not in full', address: `user ${identity.name}` })
}

/** Whether the kernel still grants some of root's rights; securebits can keep them. */
function hasCapabilities(): boolean {
  try {
    const status = readFileSync('/proc/self/status', 'latin1')
    return ['CapPrm', 'CapEff', 'CapAmb'].some((name) => {
      const found = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1]
      return found !== undefined && BigInt(`0x${found}`) !== 0n
    })
  } catch {
    return false // No /proc: no such capabilities.
  }
}

function unsupported(): Error {
  const reason = 'only the main thread of a program may change it, and not on Windows'
  return fail('UNSUPPORTED', { feature: 'becoming another user', reason })
}

function succeeds(call: () => void): boolean {
  try {
    call()
    return true
  } catch {
    return false
  }
}

function attempt(syscall: string, { name }: UserIdentity, call: () => void): void {
  try {
    call()
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code ?? 'UNKNOWN'
    if (errno === 'ERR_WORKER_UNSUPPORTED_OPERATION') throw unsupported()
    throw fail('SYSTEM_ERROR', { syscall, errno, address: `user ${name}` }, { cause })
  }
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
