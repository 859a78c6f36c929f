/**
 * The page of `lanework simulate --html`: a template that holds the simulator, and a workload that is put into it. The
 * template comes out of the build as `dist/web/schedule.html`; reading it is the caller's business.
 */
import { fail } from '../../core/index.ts'
import type { MemoryOfKind } from '../memory/by-kind.ts'
import type { JobSpec } from '../machine/spec.ts'
import type { MachineHints } from '../workload/workload.ts'

/** A machine as data: what `MachineSpec` says, with the policy and the memory by name. */
export interface PageMachine extends Omit<MachineHints, 'memory'> {
  readonly policy?: string | undefined
  readonly options?: Readonly<Record<string, unknown>> | undefined
  readonly memory?: MemoryOfKind | undefined
}

export interface PageContent {
  readonly workload: readonly JobSpec[]
  readonly machine?: PageMachine | undefined
  /** @default 'A workload' */
  readonly title?: string | undefined
  /** What to look at, in a sentence or two. */
  readonly description?: string | undefined
}

const place = /(<script type="application\/json" id="content">)[^<]*(<\/script>)/

/**
 * The page with this content. Whatever stands in names or texts, it stays data: characters that could end the element are
 * written as JSON escapes, and Infinity, which JSON lacks, as a text that `pageContent` turns back. Throws OPTION_INVALID
 * for a template without a place for it.
 */
export function pageFor(template: string, content: PageContent): string {
  return pageWith(template, content)
}

/** The same with any content that is plain data: what else the page can show. */
export function pageWith(template: string, content: unknown): string {
  if (!place.test(template))
    throw fail('OPTION_INVALID', {
      option: 'template',
      rule: "the page of the build, with an element of id 'content'",
      got: `${template.length} characters without one`,
    })
  return template.replace(place, (_, open: string, close: string) => open + embedded(content) + close)
}

const infinite = 'lanework:infinity'

function embedded(content: unknown): string {
  const json = JSON.stringify(content, (_, value: unknown) => (value === Infinity ? infinite : value))
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What is text whatever it says; everything else that can be Infinity is a number. */
const texts = new Set(['name', 'title', 'description', 'owner', 'queue', 'key', 'device'])

/** Reads what `pageFor` wrote; undefined for a template that nothing was put into. */
export function pageContent(json: string): PageContent | undefined {
  const content = JSON.parse(json, (key, value: unknown) =>
    value === infinite && !texts.has(key) ? Infinity : value,
  ) as PageContent | null
  return content ?? undefined
}
