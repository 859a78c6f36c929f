/** Where Unix sockets and state live: `--state DIR`, else where all programs of this user look. */
import { resolve } from 'node:path'

import { makeFolder } from '../process/index.ts'
import { usualStateFolder } from '../server/index.ts'

/** Where it is, or would be. */
export function statePath(given: string | undefined): string {
  return given === undefined ? usualStateFolder() : resolve(given)
}

/** Makes the folder if need be, for its owner only. */
export function stateFolder(given: string | undefined): string {
  const folder = statePath(given)
  makeFolder(folder)
  return folder
}
