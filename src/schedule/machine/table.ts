/**
 * What is kept of each job, as columns of numbers: some 100 bytes a job, where an object would take several hundred.
 * `results.ts` makes objects of the rows when somebody asks for them.
 */

/** How a job ended, as its number in the table. */
export const ends = ['unfinished', 'done', 'faulted', 'system-crashed'] as const
export const done = 1
export const faulted = 2
export const systemCrashed = 3

const numberColumns = [
  'arrival',
  'start',
  'finish',
  'response',
  'waiting',
  'cpu',
  'blocked',
  'forMemory',
  'alone',
  'deadline',
] as const
type NumberColumn = (typeof numberColumns)[number]

const firstCapacity = 256

export class JobTable implements Record<NumberColumn, Float64Array> {
  size = 0
  readonly names: string[] = []
  readonly owners: string[] = []
  /** NaN where it has not come to that. */
  start: Float64Array = new Float64Array(firstCapacity)
  finish: Float64Array = new Float64Array(firstCapacity)
  response: Float64Array = new Float64Array(firstCapacity)
  arrival: Float64Array = new Float64Array(firstCapacity)
  waiting: Float64Array = new Float64Array(firstCapacity)
  cpu: Float64Array = new Float64Array(firstCapacity)
  blocked: Float64Array = new Float64Array(firstCapacity)
  forMemory: Float64Array = new Float64Array(firstCapacity)
  /** How long it would take with the machine to itself. */
  alone: Float64Array = new Float64Array(firstCapacity)
  /** Absolute; Infinity without one. */
  deadline: Float64Array = new Float64Array(firstCapacity)
  switches: Uint32Array = new Uint32Array(firstCapacity)
  preemptions: Uint32Array = new Uint32Array(firstCapacity)
  end: Uint8Array = new Uint8Array(firstCapacity)

  /** A row for one more job; gives its number. */
  add(name: string, owner: string, arrival: number, alone: number, deadline: number): number {
    const row = this.size++
    if (row === this.arrival.length) this.#grow()
    this.names.push(name)
    this.owners.push(owner)
    this.arrival[row] = arrival
    this.alone[row] = alone
    this.deadline[row] = deadline
    this.start[row] = NaN
    this.finish[row] = NaN
    this.response[row] = NaN
    return row
  }

  #grow(): void {
    const capacity = 2 * this.arrival.length
    for (const column of numberColumns) this[column] = copied(new Float64Array(capacity), this[column])
    this.switches = copied(new Uint32Array(capacity), this.switches)
    this.preemptions = copied(new Uint32Array(capacity), this.preemptions)
    this.end = copied(new Uint8Array(capacity), this.end)
  }
}

function copied<Column extends Float64Array | Uint32Array | Uint8Array>(to: Column, from: Column): Column {
  to.set(from)
  return to
}
