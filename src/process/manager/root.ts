/** What a manager is in the process where its objects live: it makes and releases them. */
import { ServedHandle, type ServedForm } from '../served/handle.ts'
import { ServedObject, type Answer } from '../served/object.ts'
import { makeObject, type ObjectKind } from './kinds.ts'
import { ManagedObject } from './managed-object.ts'

interface Owned {
  readonly object: ManagedObject
  readonly handle: ServedHandle
}

export class ManagerRoot extends ServedObject {
  /** Resolves when somebody shut the manager down. */
  readonly ended: Promise<void>
  readonly #owned = new Map<number, Owned>()
  #end: () => void = () => {}

  constructor() {
    super()
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  readonly methods = {
    /** Answered with where the new object is. */
    create: (answer: Answer, kind: ObjectKind, args: readonly unknown[]): void => {
      this.#create(kind, args).then(
        (form) => answer.resolve(form),
        (error: unknown) => answer.reject(error),
      )
    },
    /** Answered with whether there was one. */
    release: (answer: Answer, number: number): void => {
      const owned = this.#owned.get(number)
      this.#owned.delete(number)
      if (owned !== undefined) release(owned)
      answer.resolve(owned !== undefined)
    },
    count: (answer: Answer): void => answer.resolve(this.#owned.size),
    shutdown: (answer: Answer): void => {
      for (const owned of this.#owned.values()) release(owned)
      this.#owned.clear()
      answer.resolve()
      this.#end()
    },
  }

  view(): undefined {
    return undefined
  }

  gone(): void {}

  async #create(kind: ObjectKind, args: readonly unknown[]): Promise<ServedForm> {
    const { find, known } = await makeObject(kind, args)
    const object = new ManagedObject(find, known)
    const handle = ServedHandle.serve(object, 'managed object')
    const form = handle.form('managed').data as ServedForm
    this.#owned.set(form.object, { object, handle })
    return form
  }
}

function release({ object, handle }: Owned): void {
  object.release()
  handle.close()
}
