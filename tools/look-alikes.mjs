/**
 * Writes src/services/chat/text/look-alike-table.ts: Unicode's security data (UTS 39), as far as names need it. Asks ICU for it, whose
 * library and headers Debian has as libicu-dev: which characters identifiers may have (Identifier_Status), and what each looks like.
 * What NFKC replaces is left out, since names are brought to NFKC first. Run it when Unicode has a new version.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = `
#include <stdio.h>
#include <unicode/uspoof.h>
#include <unicode/unorm2.h>
#include <unicode/uset.h>
#include <unicode/ustring.h>
int main(void) {
  UErrorCode status = U_ZERO_ERROR;
  USpoofChecker *checker = uspoof_open(&status);
  const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
  const USet *allowed = uspoof_getRecommendedSet(&status);
  if (U_FAILURE(status)) return 1;
  printf("version %s\\n", U_UNICODE_VERSION);
  for (int index = 0; index < uset_getItemCount(allowed); index++) {
    UChar32 start, end;
    UErrorCode own = U_ZERO_ERROR;
    if (uset_getItem(allowed, index, &start, &end, NULL, 0, &own) == 0) printf("range %d %d\\n", start, end);
  }
  for (UChar32 point = 0x21; point <= 0x10ffff; point++) {
    if (!u_isdefined(point) || U_IS_SURROGATE(point) || u_charType(point) == U_PRIVATE_USE_CHAR) continue;
    if (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) continue;
    UErrorCode own = U_ZERO_ERROR;
    UChar text[4], look[64], plain[64];
    int32_t length = 0;
    U16_APPEND_UNSAFE(text, length, point);
    int32_t plainLength = unorm2_normalize(nfkd, text, length, plain, 64, &own);
    if (plainLength != length || u_memcmp(plain, text, length) != 0) continue;
    int32_t lookLength = uspoof_getSkeleton(checker, 0, text, length, look, 64, &own);
    if (U_FAILURE(own)) return 2;
    if (lookLength == length && u_memcmp(look, text, length) == 0) continue;
    printf("look %d", point);
    for (int32_t at = 0; at < lookLength;) { UChar32 next; U16_NEXT(look, at, lookLength, next); printf(" %d", next); }
    printf("\\n");
  }
  return 0;
}
`

function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? (stderr || `exit ${status}`)}`)
  return stdout
}

const folder = mkdtempSync(join(tmpdir(), 'look-alikes-'))
let lines
try {
  writeFileSync(join(folder, 'ask.c'), source)
  run('cc', '-o', join(folder, 'ask'), join(folder, 'ask.c'), '-licui18n', '-licuuc')
  lines = run(join(folder, 'ask')).trim().split('\n')
} finally {
  rmSync(folder, { recursive: true })
}

const fields = (name) => lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.split(' ').slice(1))
const short = (number) => number.toString(36)

let last = 0
const ranges = fields('range').map(([start, end]) => {
  const entry = `${short(start - last)}-${short(end - start)}`.replace(/-0$/, '')
  last = Number(end)
  return entry
})

const sourcesOf = new Map()
for (const [point, ...look] of fields('look')) {
  const key = look.map((part) => short(Number(part))).join('+')
  sourcesOf.set(key, [...(sourcesOf.get(key) ?? []), Number(point)])
}
const groups = [...sourcesOf].map(([key, points]) => {
  let before = 0
  const deltas = points.map((point) => {
    const delta = short(point - before)
    before = point
    return delta
  })
  return `${key}:${deltas.join(',')}`
})

/** Entries joined with spaces, in strings of some width. */
function quoted(entries) {
  const rows = ['']
  for (const entry of entries) {
    if (rows.at(-1).length + entry.length > 400) rows.push('')
    rows[rows.length - 1] += (rows.at(-1) === '' ? '' : ' ') + entry
  }
  return rows.map((row) => `  '${row}',`).join('\n')
}

const version = fields('version')[0][0]
const target = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/services/chat/text/look-alike-table.ts')
writeFileSync(
  target,
  `/**
 * Unicode's security data (UTS 39, version ${version}) for names; written by tools/look-alikes.mjs, which says what it is.
 * Copyright of the data: 1991-2022 Unicode, Inc.; its licence is docs/licenses/unicode.txt.
 */

/** Characters that identifiers may have: ranges, each how far behind the former it begins and, after \`-\`, how many more there are; base 36. */
export const allowedRanges: readonly string[] = [
${quoted(ranges)}
]

/** What characters look like: \`LOOK:CHARACTERS\`, the look as code points joined by \`+\`, the characters as distances; base 36. */
export const lookGroups: readonly string[] = [
${quoted(groups)}
]
`,
)
process.stdout.write(`${target}: ${ranges.length} ranges, ${fields('look').length} look-alikes\n`)
