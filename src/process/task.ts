/**
 * Functions and classes with an address. A function cannot travel to another process; what travels is the URL of its
 * module and a name, and the other side imports that module. So a task is found again wherever it runs, and its
 * argument and result types flow through every call.
 */
import { fail, isLaneworkError } from '../core/index.ts'
import { duringImport } from './current.ts'

const address: unique symbol = Symbol.for('lanework.task') as never

/** Where the other side finds it. */
export interface TaskAddress {
  /** Of the module that makes the task. */
  readonly url: string
  readonly name: string
}

/** A function that other processes and threads can run; calling it runs it here. */
export interface Task<Args extends readonly unknown[] = readonly unknown[], Result = unknown> {
  (...args: Args): Result
  readonly [address]: TaskAddress
}

// oxlint-disable-next-line typescript/no-explicit-any -- a function of any arguments
export type AnyFunction = (...args: any[]) => unknown

/** What the modules loaded so far have registered, by address. */
const registry = new Map<string, AnyFunction>()

function keyOf({ url, name }: TaskAddress): string {
  return `${url}#${name}`
}

/**
 * Makes a function a task. Call it at the top level of a module, with that module's `import.meta`.
 *
 * @example
 * export const add = task(import.meta, 'add', (a: number, b: number) => a + b)
 */
export function task<Args extends readonly unknown[], Result>(
  meta: { readonly url: string },
  name: string,
  run: (...args: Args) => Result,
): Task<Args, Result> {
  if (typeof meta?.url !== 'string' || typeof name !== 'string' || name === '' || typeof run !== 'function') {
    throw fail('TASK_INVALID', { got: describe(run), reason: 'task takes import.meta, a name and a function' })
  }
  // A function of its own, as the one given may serve as another task too.
  return register(meta, name, (...args: Args) => run(...args))
}

/**
 * A task of a module that is imported only where the task runs: one that `task` made there, or any exported function.
 * Calling it here imports the module and so gives a promise.
 */
export function taskFrom<Args extends readonly unknown[], Result>(
  url: URL | string,
  name: string,
): Task<Args, Promise<Awaited<Result>>> {
  const where = { url: String(url), name }
  const run = async (...args: Args): Promise<Awaited<Result>> => {
    // Called by code that runs already, so what else starts processes meanwhile is no import's doing.
    const found = await find(where, importModule)
    return (await found(...args)) as Awaited<Result>
  }
  return Object.defineProperty(run, address, { value: where }) as never
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constructor of any arguments
type AnyClass = abstract new (...args: any[]) => object

const construction: unique symbol = Symbol('how an object was made')

/** How to make the same object elsewhere. */
export interface Construction {
  readonly address: TaskAddress
  readonly args: readonly unknown[]
}

/**
 * Gives a class an address, so that other processes can make objects of it with the same arguments.
 *
 * @example
 * export const Counter = handler(import.meta, 'Counter', class extends Process<[], number> { ... })
 */
export function handler<Class extends AnyClass>(meta: { readonly url: string }, name: string, type: Class): Class {
  const where = { url: meta.url, name }
  const addressed: Class = new Proxy(type, {
    construct(target, args: unknown[], newTarget: AnyClass) {
      const made = Reflect.construct(target, args, newTarget) as object
      // An object of a subclass is not made by this class's name; the subclass needs a handler() of its own.
      if (newTarget !== addressed) return made
      const how: Construction = { address: where, args }
      return Object.defineProperty(made, construction, { value: how, configurable: true })
    },
  })
  Object.defineProperty(addressed, address, { value: where })
  registry.set(keyOf(where), addressed as unknown as AnyFunction)
  return addressed
}

/** How an object of an addressed class was made; undefined for any other object. */
export function constructionOf(object: object): Construction | undefined {
  return (object as { [construction]?: Construction })[construction]
}

function register<Args extends readonly unknown[], Result>(
  meta: { readonly url: string },
  name: string,
  run: (...args: Args) => Result,
): Task<Args, Result> {
  const where = { url: meta.url, name }
  Object.defineProperties(run, { [address]: { value: where }, name: { value: name } })
  registry.set(keyOf(where), run as unknown as AnyFunction)
  return run as unknown as Task<Args, Result>
}

/** The address of a task. Throws TASK_INVALID for anything else. */
export function addressOf(value: unknown): TaskAddress {
  // A subclass would inherit the address of another class.
  if (typeof value === 'function' && Object.hasOwn(value, address)) return (value as unknown as Task)[address]
  throw fail('TASK_INVALID', { got: describe(value), reason: 'it has no address that another process could import' })
}

function describe(value: unknown): string {
  return typeof value === 'function' ? `the function ${value.name === '' ? '(anonymous)' : value.name}` : String(value)
}

/**
 * The function (or class) behind an address, for a child that is to run it; imports its module if need be, which must
 * not start processes meanwhile. Throws TASK_NOT_FOUND.
 */
export async function findTask(where: TaskAddress): Promise<AnyFunction> {
  return await find(where, (url) => duringImport(() => importModule(url)))
}

type Module = Readonly<Record<string, unknown>>

async function importModule(url: string): Promise<Module> {
  return (await import(url)) as Module
}

async function find(where: TaskAddress, load: (url: string) => Promise<Module>): Promise<AnyFunction> {
  const known = registry.get(keyOf(where))
  if (known !== undefined) return known
  let module: Module
  try {
    module = await load(where.url)
  } catch (error) {
    if (isLaneworkError(error, 'START_DURING_IMPORT')) throw error
    const reason = `its module does not load: ${(error as Error)?.message ?? String(error)}`
    throw fail('TASK_NOT_FOUND', { ...where, reason }, { cause: error })
  }
  const found = registry.get(keyOf(where)) ?? module[where.name]
  if (typeof found === 'function') return found as AnyFunction
  throw fail('TASK_NOT_FOUND', {
    ...where,
    reason: 'its module makes no task of that name, and exports no function so named',
  })
}
