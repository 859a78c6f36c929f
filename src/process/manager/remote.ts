/** Proxies of objects of the user's own classes. */
import type { Shareable } from '../codec/shareable.ts'
import type { ServedHandle } from '../served/handle.ts'
import { callManaged, keepHandle, registerProxy } from './proxy.ts'

/** The same methods, each giving a promise; what is no method stays where the object is. */
export type Remote<Instance> = {
  readonly [
    Name in keyof Instance as Name extends string
      ? Instance[Name] extends (...args: never[]) => unknown
        ? Name
        : never
      : never
  ]: Instance[Name] extends (...args: infer Args) => infer Result ? (...args: Args) => Promise<Awaited<Result>> : never
} & Shareable &
  Disposable

type Method = (...args: readonly unknown[]) => unknown

/** Any name is a method, except those by which JavaScript and we ask what an object is. */
export function remote(handle: ServedHandle): object {
  const methods = new Map<string | symbol, Method | undefined>([
    ['then', undefined],
    ['constructor', undefined],
    ['toJSON', undefined],
    ['toShared', () => handle.form('managed-remote')],
    [Symbol.dispose, () => handle.close()],
  ])
  const proxy = new Proxy(Object.freeze(Object.create(null) as object), {
    get(_, name) {
      if (methods.has(name) || typeof name === 'symbol') return methods.get(name)
      const method: Method = (...args) => callManaged(handle, name, args)
      methods.set(name, method)
      return method
    },
  })
  keepHandle(proxy, handle)
  return proxy
}

registerProxy('managed-remote', remote)
