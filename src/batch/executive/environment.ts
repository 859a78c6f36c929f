/** What jobs get from whoever hands them in, as at(1) and batch(1) have it, and the soft limit of open files besides. */
import { openFilesAtStart } from '../../process/index.ts'

export interface Surroundings {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly umask: number
  readonly openFiles: number | undefined
}

/** This process's; the environment without names that are not set. */
export function surroundings(): Surroundings {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { cwd: process.cwd(), env: Object.fromEntries(set), umask: process.umask(), openFiles: openFilesAtStart() }
}
