/** The files of jobs' output: where they are, and their end when a job is forgotten. */
import { rm } from 'node:fs/promises'

import { logPaths } from '../machine/launch.ts'
import type { JobStatus } from '../types.ts'

export class Logs {
  readonly #folder: string
  readonly #known = new Map<number, JobStatus['logs']>()

  constructor(folder: string) {
    this.#folder = folder
  }

  of({ id, name }: JobStatus): JobStatus['logs'] {
    const known = this.#known.get(id) ?? logPaths(this.#folder, id, name)
    this.#known.set(id, known)
    return known
  }

  /** Removes what it wrote, with what was cut off; nothing else has its number ever again. */
  forget({ id, name, request: { logs } }: JobStatus): void {
    this.#known.delete(id)
    const { stdout, stderr } = logPaths(this.#folder, id, name)
    const ages = ['', '.cut', ...Array.from({ length: logs?.keep ?? 0 }, (_, age) => `.${age + 1}`)]
    for (const file of [stdout, stderr])
      // One that is not there, or may not be removed, is in nobody's way.
      for (const age of ages) rm(`${file}${age}`, { force: true }).catch(() => {})
  }
}
