/**
 * The soft limit of open files that this process was started with. Node raises its own to the hard one when it starts (PlatformInit in
 * its src/node.cc) and hands that on to its children, which select(2) and programs that close all descriptors are not made for. Our
 * parent has what we had, unless it is a Node too or changed it since: then what it has is what its other children get.
 */
import { readFileSync } from 'node:fs'

/** Where nothing is known; the usual one of Linux, see getrlimit(2) and systemd's DefaultLimitNOFILE. */
const usual = 1_024

/** Undefined where the system does not tell limits, or has none. */
export function openFilesAtStart(): number | undefined {
  const own = limitOf('self', 'hard')
  if (own === undefined) return undefined
  const parents = limitOf(process.ppid, 'soft') ?? usual
  const limit = Math.min(parents, own)
  return Number.isFinite(limit) ? limit : undefined
}

/** Undefined where it cannot be read. */
function limitOf(pid: number | 'self', which: 'soft' | 'hard'): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/limits`, 'latin1')
    const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? []
    const word = which === 'soft' ? soft : hard
    return word === undefined ? undefined : word === 'unlimited' ? Infinity : Number(word)
  } catch {
    return undefined
  }
}
