/** The page with a run in it, as a file that opens anywhere, offline. */
import { pageWith } from '../../../schedule/index.ts'
import type { RunRecord } from '../../types.ts'
import { bareRecord } from './bared.ts'

/**
 * Puts a record into the page that the build made (`pageTemplate` is its place). Environments, arguments, folders and logs of jobs are left out, and
 * of a long run the oldest steps. Throws OPTION_INVALID for a template without a place for it.
 *
 * @example writeFileSync('run.html', recordPage(readFileSync(pageTemplate, 'utf8'), await batch.record()))
 */
export function recordPage(template: string, record: RunRecord): string {
  return pageWith(template, { record: bareRecord(record) })
}
