/** Paths for control sockets: in a folder that only we may enter. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { folder } from './folder.ts'

let count = 0

/** A path that nothing has used yet, in a folder of mode 0700. */
export function freshControlPath(): string {
  const own = join(folder, `c${++count}`)
  mkdirSync(own, { mode: 0o700 })
  return join(own, 'control.sock')
}
