/**
 * The scripts of a name: it has one, or a mixture that people write (UTS 39 section 5.2, "highly restrictive"): Latin with Han and kana,
 * with Han and Hangul, or with Han and Bopomofo. Characters of all scripts, as digits, go with each.
 */

/** The scripts that identifiers may have (UAX 31, table 5); those of `isIdentifierCharacter` have no others. */
const scripts = `Arab Armn Beng Cyrl Deva Ethi Geor Grek Gujr Guru Hebr Khmr Knda Laoo Latn Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt`
const mixtures = ['Latn Hani Hira Kana', 'Latn Hani Hang', 'Latn Hani Bopo']

const patterns = [...scripts.split(' '), ...mixtures].map((mixture) => {
  const classes = `${mixture} Zyyy Zinh`.split(' ').map((script) => `\\p{Script_Extensions=${script}}`)
  return new RegExp(`^[${classes.join('')}]*$`, 'u')
})

/** True for a text whose letters are of one script, or of several that are written together. */
export function hasOneScript(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text) || patterns.some((pattern) => pattern.test(text))
}
