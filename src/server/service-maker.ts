/**
 * Services with options. A module exports a maker; whoever serves it in lanes of other threads or processes writes the options into
 * its URL, and each lane makes the same service from them:
 *
 *   makerUrl(url, { greeting: 'hello' })  ─▶  file:///greeter.js?options={"greeting":"hello"}#greeter  ─▶  loadService
 */
import { fail } from '../core/index.ts'
import type { AnyService } from './types.ts'

const brand = Symbol.for('lanework.service-maker')

/** Makes a service from options, which are values that JSON can carry. */
export interface ServiceMaker<Options> {
  (options: Options): AnyService
}

/**
 * Marks a function as one that makes a service from options, so that `serve` finds it in a module. It must check what it is
 * given, and work with `{}`: that is what a URL without options gives.
 *
 * @example
 * export const greeter = serviceMaker(({ greeting = 'hello' }: { greeting?: string }) =>
 *   service({ name: 'greeter', message: () => greeting }))
 * await serve(makerUrl(new URL('./greeter.js#greeter', import.meta.url), { greeting: 'ahoy' }), { listen, laneKind: 'process' })
 */
export function serviceMaker<Options>(make: (options: Options) => AnyService): ServiceMaker<Options> {
  return Object.defineProperty((options: Options) => make(options), brand, { value: true })
}

/** True for what `serviceMaker()` made, in any copy of this package. */
export function isServiceMaker(value: unknown): value is ServiceMaker<unknown> {
  return typeof value === 'function' && brand in value
}

/** The URL of a maker's module with options for it. Throws OPTION_INVALID for what JSON cannot carry. */
export function makerUrl(module: URL, options: object): URL {
  const url = new URL(module)
  url.searchParams.set('options', textOf(options))
  return url
}

/** The options in a module's URL, `{}` without any, and the URL without them. Throws SERVICE_INVALID. */
export function takeOptions(module: URL): { readonly url: URL; readonly options: unknown } {
  const text = module.searchParams.get('options')
  if (text === null) return { url: module, options: {} }
  const url = new URL(module)
  url.searchParams.delete('options')
  try {
    return { url, options: JSON.parse(text) as unknown }
  } catch {
    throw fail('SERVICE_INVALID', { source: url.href, reason: 'the options in its URL are not JSON' })
  }
}

function textOf(options: object): string {
  try {
    return JSON.stringify(options)
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause)
    throw fail('OPTION_INVALID', { option: 'options', rule: 'values that JSON can carry', got }, { cause })
  }
}
