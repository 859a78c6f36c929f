/** Where Unix sockets and state live: `--state DIR`, else $XDG_STATE_HOME/lanework, else ~/.local/state/lanework. */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where it is, or would be. */
export function statePath(given: string | undefined): string {
  const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return given === undefined ? join(base, 'lanework') : resolve(given)
}

/** Makes the folder if need be, for its owner only. */
export function stateFolder(given: string | undefined): string {
  const folder = statePath(given)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
