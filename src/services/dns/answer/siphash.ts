/** SipHash-2-4 (Aumasson and Bernstein 2012): a short keyed hash, of 64 bits. Words are pairs of 32 bits, low and high. */

/** The hash of `data` under a key of 16 bytes, as 8 bytes, the lowest first. */
export function sipHash(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = new SipState(key)
  const whole = data.length - (data.length % 8)
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  for (let at = 0; at < whole; at += 8) state.take(view.getUint32(at, true), view.getUint32(at + 4, true))
  const last = new Uint8Array(8)
  last.set(data.subarray(whole))
  last[7] = data.length
  const end = new DataView(last.buffer)
  state.take(end.getUint32(0, true), end.getUint32(4, true))
  return state.finish()
}

/** v0 to v3, each low then high. */
class SipState {
  readonly #v: Uint32Array

  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 16)
    const word = (at: number): number => view.getUint32(at, true)
    // The constants spell "somepseudorandomlygeneratedbytes".
    this.#v = Uint32Array.of(
      word(0) ^ 0x7073_6575,
      word(4) ^ 0x736f_6d65,
      word(8) ^ 0x6e64_6f6d,
      word(12) ^ 0x646f_7261,
      word(0) ^ 0x6e65_7261,
      word(4) ^ 0x6c79_6765,
      word(8) ^ 0x7974_6573,
      word(12) ^ 0x7465_6462,
    )
  }

  take(low: number, high: number): void {
    const v = this.#v
    v[6] = v[6]! ^ low
    v[7] = v[7]! ^ high
    this.#rounds(2)
    v[0] = v[0]! ^ low
    v[1] = v[1]! ^ high
  }

  finish(): Uint8Array {
    const v = this.#v
    v[4] = v[4]! ^ 0xff
    this.#rounds(4)
    const hash = new DataView(new ArrayBuffer(8))
    hash.setUint32(0, v[0]! ^ v[2]! ^ v[4]! ^ v[6]!, true)
    hash.setUint32(4, v[1]! ^ v[3]! ^ v[5]! ^ v[7]!, true)
    return new Uint8Array(hash.buffer)
  }

  #rounds(count: number): void {
    for (; count > 0; count--) {
      this.#half(0, 2, 13, 4, 6, 16)
      this.#turn(0, 32)
      this.#half(4, 2, 17, 0, 6, 21)
      this.#turn(4, 32)
    }
  }

  /** a += b; b = turn(b) ^ a; c += d; d = turn(d) ^ c. */
  #half(a: number, b: number, turnB: number, c: number, d: number, turnD: number): void {
    this.#add(a, b)
    this.#turn(b, turnB)
    this.#mix(b, a)
    this.#add(c, d)
    this.#turn(d, turnD)
    this.#mix(d, c)
  }

  #add(a: number, b: number): void {
    const v = this.#v
    const low = v[a]! + v[b]!
    v[a] = low
    v[a + 1] = v[a + 1]! + v[b + 1]! + (low > 0xffff_ffff ? 1 : 0)
  }

  #mix(a: number, b: number): void {
    const v = this.#v
    v[a] = v[a]! ^ v[b]!
    v[a + 1] = v[a + 1]! ^ v[b + 1]!
  }

  #turn(a: number, bits: number): void {
    const v = this.#v
    const [low, high] = bits === 32 ? [v[a + 1]!, v[a]!] : [v[a]!, v[a + 1]!]
    const left = bits % 32
    v[a] = left === 0 ? low : (low << left) | (high >>> (32 - left))
    v[a + 1] = left === 0 ? high : (high << left) | (low >>> (32 - left))
  }
}
