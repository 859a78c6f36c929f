/** SipHash-2-4 (Aumasson and Bernstein 2012): a short keyed hash, of 64 bits. Words are pairs of 32 bits, low and high. */

/** v0 to v3, each low then high. */
const v = new Int32Array(8)

/**
 * Hashes the first `size` bytes of `data` under a key of 16 bytes, and writes the hash as 8 bytes, the lowest first. It makes nothing.
 */
export function sipHashInto(key: Uint8Array, data: Uint8Array, size: number, to: Uint8Array, at: number): void {
  // The constants spell "somepseudorandomlygeneratedbytes".
  v[0] = word(key, 0, 16) ^ 0x7073_6575
  v[1] = word(key, 4, 16) ^ 0x736f_6d65
  v[2] = word(key, 8, 16) ^ 0x6e64_6f6d
  v[3] = word(key, 12, 16) ^ 0x646f_7261
  v[4] = word(key, 0, 16) ^ 0x6e65_7261
  v[5] = word(key, 4, 16) ^ 0x6c79_6765
  v[6] = word(key, 8, 16) ^ 0x7974_6573
  v[7] = word(key, 12, 16) ^ 0x7465_6462
  const whole = size - (size % 8)
  for (let from = 0; from < whole; from += 8) take(word(data, from, size), word(data, from + 4, size))
  take(word(data, whole, size), word(data, whole + 4, size) | (size << 24))
  v[4] = v[4]! ^ 0xff
  rounds(4)
  const [low, high] = [v[0]! ^ v[2]! ^ v[4]! ^ v[6]!, v[1]! ^ v[3]! ^ v[5]! ^ v[7]!]
  for (let byte = 0; byte < 4; byte++) {
    to[at + byte] = low >>> (byte * 8)
    to[at + 4 + byte] = high >>> (byte * 8)
  }
}

/** The hash of `data` as 8 bytes of their own. */
export function sipHash(key: Uint8Array, data: Uint8Array): Uint8Array {
  const hash = new Uint8Array(8)
  sipHashInto(key, data, data.length, hash, 0)
  return hash
}

/** Four bytes, the lowest first; zeros behind the end. */
function word(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let byte = Math.min(4, size - at) - 1; byte >= 0; byte--) value = (value << 8) | bytes[at + byte]!
  return value
}

function take(low: number, high: number): void {
  v[6] = v[6]! ^ low
  v[7] = v[7]! ^ high
  rounds(2)
  v[0] = v[0]! ^ low
  v[1] = v[1]! ^ high
}

function rounds(count: number): void {
  let [al, ah, bl, bh] = [v[0]!, v[1]!, v[2]!, v[3]!]
  let [cl, ch, dl, dh] = [v[4]!, v[5]!, v[6]!, v[7]!]
  let swap = 0
  for (; count > 0; count--) {
    // a += b; b = turn(b, 13) ^ a; a = turn(a, 32)
    al = (al + bl) | 0
    ah = (ah + bh + (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0
    swap = bl
    bl = ((bl << 13) | (bh >>> 19)) ^ al
    bh = ((bh << 13) | (swap >>> 19)) ^ ah
    swap = al
    al = ah
    ah = swap
    // c += d; d = turn(d, 16) ^ c
    cl = (cl + dl) | 0
    ch = (ch + dh + (cl >>> 0 < dl >>> 0 ? 1 : 0)) | 0
    swap = dl
    dl = ((dl << 16) | (dh >>> 16)) ^ cl
    dh = ((dh << 16) | (swap >>> 16)) ^ ch
    // c += b; b = turn(b, 17) ^ c; c = turn(c, 32)
    cl = (cl + bl) | 0
    ch = (ch + bh + (cl >>> 0 < bl >>> 0 ? 1 : 0)) | 0
    swap = bl
    bl = ((bl << 17) | (bh >>> 15)) ^ cl
    bh = ((bh << 17) | (swap >>> 15)) ^ ch
    swap = cl
    cl = ch
    ch = swap
    // a += d; d = turn(d, 21) ^ a
    al = (al + dl) | 0
    ah = (ah + dh + (al >>> 0 < dl >>> 0 ? 1 : 0)) | 0
    swap = dl
    dl = ((dl << 21) | (dh >>> 11)) ^ al
    dh = ((dh << 21) | (swap >>> 11)) ^ ah
  }
  v[0] = al
  v[1] = ah
  v[2] = bl
  v[3] = bh
  v[4] = cl
  v[5] = ch
  v[6] = dl
  v[7] = dh
}
