/** A folder for sockets and files of one test file, gone when its process ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const folder: string = mkdtempSync(join(tmpdir(), 'lanework-test-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

let count = 0

/** A path in it that nothing has used yet. */
export function freshPath(): string {
  return join(folder, `s${++count}.sock`)
}
