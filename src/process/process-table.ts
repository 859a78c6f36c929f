/** placeholder until merged. */
import { existsSync } from 'node:fs'
export function isProcessAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}
