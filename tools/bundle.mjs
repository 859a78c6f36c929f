/**
 * The second half of the build: joins the modules of each layer in dist/ into one file, `dist/LAYER/bundle.js`. Node takes
 * a third of a millisecond for each module that it loads, and each process of a pool, each thread and each command loads
 * all of them. The modules themselves stay where they are and pass on what the bundle holds, so that every path means the
 * same object.
 *
 * Commands are left as they are.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { rolldown } from 'rolldown'

const dist = resolve('dist')
const layers = JSON.parse(readFileSync('tools/layers.json', 'utf8'))
  .map(({ name }) => name)
  .filter((name) => name !== 'cli')

function modulesIn(folder) {
  return readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** What runs when it is loaded stays a module of its own; what it alone needs is joined apart from the layer. */
const starts = /[/\\]bootstrap[/\\](child|thread|keeper|daemon)\.js$/

/** What is needed of a large layer without the rest: only that is loaded. Each stands after those that it needs. */
const parts = {
  schedule: ['schedule/policies'],
  services: [
    'services/chat-page.js',
    'services/echo',
    'services/time',
    'services/dns/transfer/journal-lock.js',
    'services/dns',
    'services/chat',
  ],
}

/** What a layer loads when it is first asked for: joined apart from the rest, which it needs. */
const late = { io: ['io/http', 'io/websocket'] }

/** From the lowest layer on, as each takes along what it needs and is not taken yet. */
const groups = [
  ...layers.flatMap((layer) => [
    ...(parts[layer] ?? []).map((part) => ({ name: bundleOf(part), test: (module) => isIn(part, module) })),
    {
      name: `${layer}/bundle`,
      test: (module) =>
        isIn(layer, module) &&
        !isIn(join(layer, 'bootstrap'), module) &&
        !(late[layer] ?? []).some((part) => isIn(part, module)),
    },
    ...(late[layer] ?? []).map((part) => ({ name: `${part}/bundle`, test: (module) => isIn(part, module) })),
  ]),
  { name: 'process/bootstrap/bundle', test: (module) => isIn('process/bootstrap', module) && !starts.test(module) },
]

/** Whether the module is in this folder, or is what is called. */
function isIn(folder, module) {
  return module.startsWith(join(dist, folder) + sep) || module === join(dist, folder)
}

/** Beside the module, so that paths relative to it are right. */
function bundleOf(part) {
  return part.endsWith('.js') ? `${part.slice(0, -'.js'.length)}-bundle` : `${part}/bundle`
}

export async function bundleLayers() {
  const modules = [join(dist, 'index.js'), ...layers.flatMap(modulesIn)]
  const bundle = await rolldown({
    input: Object.fromEntries(modules.map((module) => [relative(dist, module).slice(0, -'.js'.length), module])),
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    preserveEntrySignatures: 'strict',
    // Importing a name of a layer's index does not load what else the index passes on.
    treeshake: { moduleSideEffects: (module) => !isIn('schedule', module) },
  })
  await bundle.write({
    dir: dist,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // Errors and tasks are known by the names of their classes and functions.
    keepNames: true,
    comments: false,
    codeSplitting: { groups },
  })
  await bundle.close()
}
