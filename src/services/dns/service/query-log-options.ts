/** What is written down of queries. */
import { checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'

export interface QueryLogOptions {
  /** A path, or `stderr`. A file that somebody renames is made anew within a second. */
  readonly file: string
  /** One in so many answers is written down. @default 1 */
  readonly sample?: number
  /** Lines that wait for a slow disk, in bytes; beyond it they are dropped and counted. @default 1_048_576 */
  readonly bufferBytes?: number
}

export type QueryLog = Required<QueryLogOptions>

export const queryLogKeys: readonly (keyof QueryLogOptions)[] = ['file', 'sample', 'bufferBytes']

/** The options as they are in force. Throws OPTION_INVALID. */
export function checkQueryLog(options: QueryLogOptions): QueryLog {
  checkKnownKeys('queryLog', options, queryLogKeys)
  const { file, sample = 1, bufferBytes = 1_048_576 } = options
  if (typeof file !== 'string' || file === '') {
    throw fail('OPTION_INVALID', {
      option: 'queryLog.file',
      rule: 'a path, or stderr',
      got: JSON.stringify(file) ?? '',
    })
  }
  return {
    file,
    sample: checkInteger('queryLog.sample', sample, 1, 1_000_000_000),
    bufferBytes: checkInteger('queryLog.bufferBytes', bufferBytes, 4_096, 1_073_741_824),
  }
}
