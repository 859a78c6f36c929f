/**
 * The file behind a Unix socket. A server that was killed leaves its file, and the next one could not
 * bind; a live server's file must never be taken away. So: connect to it; only when nobody
 * answers is it a leftover and removed.
 */
import { connect } from 'node:net'
import { lstatSync, unlinkSync } from 'node:fs'

/** Removes a leftover socket file; true when nothing is in the way now. */
export async function removeStaleSocket(path: string): Promise<boolean> {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (found === undefined) return true
  if (!found.isSocket() || (await isAnswered(path))) return false
  // Somebody else may have done this meanwhile, and listen there. Numbers of files are given again, so the time of change counts too.
  const now = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (now?.dev === found.dev && now.ino === found.ino && now.ctimeNs === found.ctimeNs) unlinkQuietly(path)
  return true
}

/** Which file stands at a path; undefined when there is none. A path may come to mean another server's socket. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

/** Removes a socket's file if it is still the one that was bound. */
export function unlinkOwn(path: string, identity: string | undefined): void {
  if (identity !== undefined && fileIdentity(path) === identity) unlinkQuietly(path)
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Already gone: that is what we want.
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(true)
    })
    // A datagram socket answers a stream's connect with EPROTOTYPE (wrong type): somebody lives there.
    probe.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}
