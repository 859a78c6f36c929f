/** The bitmap of free blocks, and the stretches in it. */

export interface Run {
  readonly start: number
  readonly length: number
}

export interface Bitmap {
  readonly blocks: number
  /** How many are free. */
  readonly free: number
  isFree(block: number): boolean
  take(block: number): void
  giveBack(block: number): void
  /** The lowest free blocks, `count` of them; the caller knows that there are so many. */
  lowest(count: number): number[]
  /** Stretches of free blocks in the order of their numbers. */
  runs(): Run[]
  copy(): boolean[]
}

export function createBitmap(blocks: number): Bitmap {
  const taken = new Uint8Array(blocks)
  let free = blocks
  /** No block below is free. */
  let low = 0
  return {
    blocks,
    get free() {
      return free
    },
    isFree: (block) => taken[block] === 0,
    take(block) {
      taken[block] = 1
      free--
      if (block === low) low++
    },
    giveBack(block) {
      taken[block] = 0
      free++
      low = Math.min(low, block)
    },
    lowest(count) {
      const found: number[] = []
      for (let block = low; found.length < count; block++) if (taken[block] === 0) found.push(block)
      return found
    },
    runs() {
      const found: Run[] = []
      for (let block = low; block < blocks; block++) {
        const start = block
        while (block < blocks && taken[block] === 0) block++
        if (block > start) found.push({ start, length: block - start })
      }
      return found
    },
    copy: () => Array.from(taken, (each) => each === 0),
  }
}
