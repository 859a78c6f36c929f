/** Text of all that a sender may send: any code point, lone surrogates too, and many controls. */
import fc from 'fast-check'

const point = fc.oneof(
  fc.integer({ min: 0, max: 0xff }),
  fc.integer({ min: 0, max: 0x3000 }),
  fc.integer({ min: 0, max: 0x10ffff }),
)

export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(point, { maxLength }).map((points) => String.fromCodePoint(...points))
}
