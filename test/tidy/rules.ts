/**
 * The rules of the source tree, each a pure function from files to complaints, so that each can be tested
 * itself. Only what would otherwise drift is a rule here; the rest is for oxlint, oxfmt and review.
 */
export interface SourceFile {
  /** From the root, with slashes: `src/io/udp.ts`. */
  readonly path: string
  readonly text: string
}

export interface Layer {
  readonly name: string
  readonly rank: number
  readonly role: string
}

export const fileLinesLimit = 400

/** A layer imports only lower ranks, and another layer only through its index.ts. */
export function checkLayers(files: readonly SourceFile[], layers: readonly Layer[]): string[] {
  const ranks = new Map(layers.map(({ name, rank }) => [name, rank]))
  return files.flatMap((file) => {
    const own = layerOf(file.path)
    const ownRank = own === undefined ? Infinity : ranks.get(own)
    if (ownRank === undefined) return [`${file.path}: the layer ${own} is not in tools/layers.json`]
    return importsOf(file).flatMap(({ target }) => {
      const other = layerOf(target)
      if (other === own || other === undefined) return []
      const rank = ranks.get(other)
      if (rank === undefined) return [`${file.path}: imports ${target}, whose layer is not in tools/layers.json`]
      if (rank >= ownRank) return [`${file.path}: ${own} (${ownRank}) must not import ${other} (${rank})`]
      const isIndex =
        target === `src/${other}/index.ts` || (other === 'services' && /^src\/services\/[^/]+\/index\.ts$/.test(target))
      return isIndex ? [] : [`${file.path}: imports ${target}; use src/${other}/index.ts`]
    })
  })
}

const owners: readonly { readonly pattern: RegExp; readonly what: string; readonly owner: RegExp }[] = [
  { pattern: /from '(node:(net|dgram|tls|http)|ws)'/, what: 'sockets', owner: /^src\/io\// },
  {
    pattern: /from 'node:(child_process|worker_threads|cluster)'/,
    what: 'processes and threads',
    owner: /^src\/process\//,
  },
  { pattern: /\bconsole\./, what: 'the console', owner: /^src\/(cli|process\/bootstrap)\// },
  {
    pattern: /\bprocess\.(exit|argv|stdout|stderr)\b/,
    what: 'the process and its streams',
    owner: /^src\/(cli\/|process\/(bootstrap\/|child\/output\.ts))/,
  },
  { pattern: /\bcreateRequire\b/, what: 'loading the addon', owner: /^src\/native\/loader\.ts$/ },
]

/** What one layer owns, no other uses. */
export function checkOwners(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const code = withoutComments(file.text)
    return owners
      .filter(({ pattern, owner }) => pattern.test(code) && !owner.test(file.path))
      .map(({ what }) => `${file.path}: uses ${what}, which it does not own`)
  })
}

/** Two modules that need each other's values cannot be understood one by one; types alone may refer back. */
export function checkCycles(files: readonly SourceFile[]): string[] {
  const needs = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ target }) => target),
    ]),
  )
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') {
      found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`)
      return
    }
    state.set(path, 'open')
    for (const next of needs.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, 'done')
  }
  for (const file of files) visit(file.path, [])
  return found
}

/** Rooms have names that say what is inside, and no room is a hall. */
export function checkRooms(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.split('\n').length - 1
    const name = (file.path.split('/').at(-1) ?? '').replace(/\.[a-z]+$/, '')
    return [
      ...(lines > fileLinesLimit ? [`${file.path}: ${lines} lines; split it where each part has a name`] : []),
      ...(/^(utils?|helpers?|common|misc|shared|impl)$/.test(name) ? [`${file.path}: the name says nothing`] : []),
      ...(/[A-Z_]/.test(name) ? [`${file.path}: file names are in kebab-case`] : []),
    ]
  })
}

const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`)

/**
 * The build joins a layer's modules into one file in the layer's folder, so only there (and in what is not joined) does a
 * path that is relative to the module lead where it says.
 */
export function checkPaths(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => /^src\/[^/]+\/[^/]+\//.test(path) && !/^src\/(cli|process\/bootstrap)\//.test(path))
    .filter(({ text }) => /\bimport\.meta\.(url|dirname|filename|resolve)\b/.test(withoutTexts(withoutComments(text))))
    .map(({ path }) => `${path}: a path relative to this module; make it in a module of the layer's own folder`)
}

/** Nothing is left half-done, and every file says at its top what it is for. */
export function checkTexts(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [
    ...(unfinished.test(file.text) ? [`${file.path}: carries a mark of unfinished work`] : []),
    ...(/^(#!.*\n)?(\/\*|\/\/)/.test(file.text) ? [] : [`${file.path}: opens without a comment on its role`]),
  ])
}

function layerOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

interface Import {
  readonly target: string
  readonly typeOnly: boolean
}

/** Relative imports and re-exports of a file, as paths from the root. */
export function importsOf(file: SourceFile): Import[] {
  const folder = file.path.split('/').slice(0, -1)
  const pattern = /(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'(\.{1,2}\/[^']+)'/g
  return [...withoutComments(file.text).matchAll(pattern)].map(([, type, target = '']) => {
    const parts = [...folder]
    for (const part of target.split('/')) {
      if (part === '..') parts.pop()
      else if (part !== '.') parts.push(part)
    }
    return { target: parts.join('/'), typeOnly: type !== undefined }
  })
}

function withoutTexts(text: string): string {
  return text.replace(/"[^"\n]*"|'[^'\n]*'/g, "''")
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
