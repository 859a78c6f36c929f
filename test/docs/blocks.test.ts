/**
 * Every TypeScript block of the documentation compiles, and the programs of the pages below and of README's chapters on processes,
 * scheduling and time run and print what they say. Servers, which would run on, and clients of them are only compiled.
 *
 * A block that begins with a comment like `// tasks.ts` is a module for those behind it, any other one a program; what it
 * prints stands behind its console.log as a comment.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nativeStatus } from '#lanework/io/index.js'

const root = fileURLToPath(new URL('../', import.meta.resolve('#lanework/index.js')))
/** Inside of the package, so that the programs find it by its name. */
const folder = join(root, 'build', `docs-${process.pid}`)

interface Block {
  readonly file: string
  readonly text: string
  readonly isProgram: boolean
}

function blocksOf(page: string, text: string): Block[] {
  const texts = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
  return texts.map((code, index) => {
    const name = /^\/\/ ([\w-]+)\.ts\n/.exec(code)?.[1]
    return { file: `${page}/${name ?? `program-${index + 1}`}`, text: code, isProgram: name === undefined }
  })
}

function chapter(text: string, title: string): string {
  const start = text.indexOf(`\n## ${title}\n`)
  assert.ok(start >= 0, `there is a chapter ${title}`)
  return text.slice(start, text.indexOf('\n## ', start + 1))
}

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const chapters = ['Processes', 'Scheduling', 'Time'].map((title) => ({ title, text: chapter(readme, title) }))
const pages = [
  'processes',
  'socketserver',
  'memory-and-disk',
  'scheduling-policies',
  'scheduling',
  'strftime',
  'how-a-time-server-keeps-time',
]
const pageOf = (page: string): Block[] => blocksOf(page, readFileSync(join(root, `docs/${page}.md`), 'utf8'))
const run = [
  ...pages.flatMap(pageOf),
  ...chapters.flatMap(({ title, text }) => blocksOf(`readme-${title.toLowerCase()}`, text)),
]
const rest = chapters.reduce((left, { text }) => left.replace(text, '\n'), readme)
const compiled = [...blocksOf('readme', rest), ...pageOf('lanes'), ...pageOf('ntp-server'), ...pageOf('dns-transfer')]

function compile(): void {
  for (const { file, text } of [...run, ...compiled]) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, `${file}.ts`), `${text}\nexport {}\n`)
  }
  // A handler in a page may show a parameter that it does not need.
  const given = { declaration: false, isolatedDeclarations: false, noUnusedParameters: false }
  const compilerOptions = { ...given, rootDir: '.', outDir: 'out' }
  const config = { extends: '../../tsconfig.base.json', compilerOptions, include: ['**/*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
}

/** What stands behind each console.log. */
function promisedBy(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.includes('console.log('))
    .map((line) => /\)\s+\/\/ (.*)$/.exec(line)?.[1] ?? '(no comment)')
}

describe('the programs of the documentation', () => {
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('compile', compile)

  for (const { file, text } of run.filter(({ isProgram }) => isProgram)) {
    it(`${file} prints what it says`, { timeout: 30_000 }, (test) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'out', `${file}.js`)], {
        encoding: 'utf8',
      })
      const needsAddon = /\b(SharedArray|SharedMemory|Value|ForkingTCPServer)\b|\blisten\(/.test(text)
      if (!nativeStatus().available && needsAddon) {
        assert.match(stderr, /UNSUPPORTED/)
        return test.skip('it needs the addon')
      }
      assert.deepEqual({ stderr, status }, { stderr: '', status: 0 })
      assert.deepEqual(stdout.trimEnd().split('\n'), promisedBy(text))
    })
  }
})
