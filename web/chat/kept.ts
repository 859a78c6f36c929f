/**
 * What the browser remembers: `kept` for ever, `keptInTab` while the tab lives. A stay's secret is the tab's; one that is closed leaves it
 * behind, for the next tab to go on with. Where storage is refused or holds nonsense, the page works without it.
 */
const prefix = 'lanework-chat-'

type Key = 'nick' | 'rooms' | 'theme' | 'language' | 'joins' | 'left'
type TabKey = 'stay'

export function kept(key: Key): string | undefined {
  return read(() => localStorage, key)
}

export function keep(key: Key, value: string | undefined): void {
  write(() => localStorage, key, value)
}

export function keptInTab(key: TabKey): string | undefined {
  return read(() => sessionStorage, key)
}

export function keepInTab(key: TabKey, value: string | undefined): void {
  write(() => sessionStorage, key, value)
}

interface Left extends Partial<Stay> {
  readonly atMs?: number
}

export interface Stay {
  readonly secret: string
  /** How long it waits for its member to come back. */
  readonly resumeSeconds: number
}

/** The stay of this tab, or one that another tab left behind, while it may still wait; nobody else takes it then. */
export function keptStay(): Stay | undefined {
  const own = parsed(keptInTab('stay')) as Partial<Stay> | undefined
  const left = parsed(kept('left')) as Left | undefined
  keep('left', undefined)
  if (isStay(own)) return own
  if (!isStay(left)) return undefined
  return Date.now() - Number(left.atMs) < left.resumeSeconds * 1_000 ? left : undefined
}

/** The tab is closed, or loaded again. */
export function leaveStay(): void {
  const own = parsed(keptInTab('stay')) as Partial<Stay> | undefined
  if (isStay(own)) keep('left', JSON.stringify({ ...own, atMs: Date.now() }))
}

function isStay<Value extends Partial<Stay>>(value: Value | undefined): value is Value & Stay {
  return typeof value?.secret === 'string' && typeof value.resumeSeconds === 'number'
}

/** The names of rooms to come back to. */
export function keptRooms(): readonly string[] {
  const rooms = parsed(kept('rooms'))
  return Array.isArray(rooms) ? rooms.filter((room) => typeof room === 'string').slice(0, 50) : []
}

/** JSON as it was kept; undefined where it is none. */
export function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}

function read(storage: () => Storage, key: string): string | undefined {
  try {
    return storage().getItem(prefix + key) ?? undefined
  } catch {
    return undefined
  }
}

function write(storage: () => Storage, key: string, value: string | undefined): void {
  try {
    if (value === undefined) storage().removeItem(prefix + key)
    else storage().setItem(prefix + key, value)
  } catch {
    // Full or refused: what is remembered is a convenience.
  }
}
