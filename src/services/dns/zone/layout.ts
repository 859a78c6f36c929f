/**
 * Where things stand in a zone's image: one buffer, all offsets in bytes from its start, numbers 32 bits wide.
 *
 *   header │ table: hash -> node │ order: nodes, canonical │ nsec: nodes with NSEC │ nsec3: nodes with NSEC3 │ nodes
 *   node:  parent, cover, wildcard, flags and sizes, place in order │ name, lower case │ sets
 *   set:   type and count, TTL, signatures and their TTL, bytes of data, bytes of signatures │ data │ signatures
 *   data:  size (16 bits) and RDATA, record after record, in canonical order
 *
 * A place of the table holds a node's offset in words, and above its bits some of the name's hash, so that few places lead to another
 * name's node. Nodes of NSEC3 owners stand in no table and no order: no query finds them (RFC 5155 7.2.8). In `nsec3` come those of
 * the chain that is served, then the others.
 */

/** `LWZ2` */
export const imageMagic = 0x325a_574c

/** Numbers of the header, by their place. */
export const header = {
  magic: 0,
  totalBytes: 1,
  table: 2,
  tableMask: 3,
  order: 4,
  orderCount: 5,
  nsec: 6,
  nsecCount: 7,
  nsec3: 8,
  nsec3Count: 9,
  apex: 10,
  depth: 11,
  records: 12,
  /** Nodes of NSEC3 owners, those of the served chain and others. */
  hashedCount: 13,
  /** Which NSEC3PARAM names the served chain, from 1; 0 where none does. */
  parameters: 14,
} as const
export const headerBytes = 64

/** Numbers of a node, by their place; the name follows them. */
export const node = { parent: 0, cover: 1, wildcard: 2, sizes: 3, place: 4 } as const
export const nodeBytes = 20

/** Flags of a node: the lowest byte of `sizes`; then the name's length (8 bits) and the number of sets (16 bits). */
export const nodeFlag = {
  /** NS records, and not the apex: here another zone begins. */
  cut: 1,
  /** DNAME: what is below is somewhere else. */
  dname: 2,
  cname: 4,
  nsec: 8,
} as const

/** Numbers of a set, by their place; the data follows them. */
export const set = { typeCount: 0, ttl: 1, signatures: 2, signatureTtl: 3, dataBytes: 4, signatureBytes: 5 } as const
export const setBytes = 24

/** The next multiple of four. */
export function aligned(bytes: number): number {
  return (bytes + 3) & ~3
}

/** Bits of a word of the table that are no offset. */
export function markMask(imageBytes: number): number {
  const bits = 32 - Math.clz32(imageBytes >>> 2)
  return bits >= 32 ? 0 : (-1 << bits) | 0
}

/** Turns a hash into the bits that stand there. */
export const markFactor = 0x9e37_79b1
