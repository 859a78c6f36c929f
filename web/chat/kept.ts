/**
 * What the browser remembers: `kept` for ever, `keptInTab` while the tab lives (a stay's secret goes no further). Where storage
 * is refused or holds nonsense, the page works without it.
 */
const prefix = 'lanework-chat-'

type Key = 'nick' | 'rooms' | 'theme' | 'language' | 'joins'
type TabKey = 'stay'

export function kept(key: Key): string | undefined {
  return read(() => localStorage, key)
}

export function keep(key: Key, value: string): void {
  write(() => localStorage, key, value)
}

export function keptInTab(key: TabKey): string | undefined {
  return read(() => sessionStorage, key)
}

export function keepInTab(key: TabKey, value: string | undefined): void {
  write(() => sessionStorage, key, value)
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
