/** The scenarios that `lanework disk` knows by name. */
import type { DiskMethodName } from '../types.ts'
import type { DiskOptions } from '../disk.ts'
import type { DiskOp, DiskScenario } from './types.ts'

/** `ada + notes 2000` creates, `notes +500` grows, `notes =100` cuts, `-notes` deletes, `notes?` reads all, `notes?700` a byte. */
function opsOf(script: string): DiskOp[] {
  return script.split(', ').map((line) => {
    const created = /^(\w+) \+ (\w+) (\d+)$/.exec(line)
    if (created !== null)
      return { do: 'create', owner: created[1] ?? '', file: created[2] ?? '', bytes: Number(created[3]) }
    const [, file = '', sign = '', bytes = ''] = /^(\w+) ?([+=?]?)(\d*)$/.exec(line.replace(/^-/, '')) ?? []
    if (sign === '') return { do: 'delete', file }
    if (sign === '?') return bytes === '' ? { do: 'read', file } : { do: 'read-at', file, bytes: Number(bytes) }
    return { do: sign === '+' ? 'grow' : 'truncate', file, bytes: Number(bytes) }
  })
}

/** The same for every method, so that they can be compared. */
const office =
  'ada + notes 2000, bob + film 5000, ada + mail 1500, eve + code 3000, notes +2500, -mail, film =2600, ' +
  'eve + data 7000, notes?, notes?4400, data?, data?6900'

const officeText: Record<DiskMethodName, string> = {
  contiguous:
    'Each file is one stretch of blocks. Reading in order needs one seek, and any block is found at once. But notes cannot ' +
    'grow where it lies, as film begins right behind it: the whole file has to be copied elsewhere.',
  linked:
    'Each block holds the number of the next one, which takes 4 of its 512 bytes. A file can grow into any free block, but ' +
    'to find a byte near the end all blocks before it have to be read.',
  fat:
    'The numbers of the next blocks stand in a table at the start of the disk, one entry a block. The table is kept in ' +
    'memory, so the way along the chain needs no block; the file can still lie in many pieces.',
  indexed:
    'The numbers of the first 4 blocks of a file stand in its own entry, those of the others in an index block. Any block ' +
    'is found with one block more at most, and a file can grow into any free block.',
}

const officeTitle: Record<DiskMethodName, string> = {
  contiguous: 'contiguous files: quick to read, hard to grow',
  linked: 'linked files: each block names the next',
  fat: 'a file allocation table: the links in one place',
  indexed: 'indexed files: the numbers of all blocks in one place',
}

function officeOf(method: DiskMethodName): DiskScenario {
  const disk: DiskOptions = { method, blocks: 48, blockSize: 512, direct: 4, levels: 2 }
  return { name: method, title: officeTitle[method], text: officeText[method], disk, ops: opsOf(office) }
}

/** In the order of the course. */
export const diskScenarios: readonly DiskScenario[] = [
  {
    name: 'users',
    title: 'one disk for many users: whose is each block, and who may have how many',
    text:
      'The system writes down for every block which file it belongs to, and for every file who its owner is. So it can say ' +
      'how much of the disk each user has, refuse what goes beyond a quota, and give back all blocks of a file that is ' +
      'deleted. `--ledger` lists every block.',
    disk: { method: 'fat', blocks: 32, blockSize: 512, quotas: { ada: 10, bob: 20 } },
    ops: opsOf(
      'ada + notes 1200, bob + film 6000, ada + mail 2000, eve + code 800, ada + photos 2500, film =3000, -mail, ' +
        'ada + photos 2500, eve + data 5000',
    ),
  },
  officeOf('contiguous'),
  officeOf('linked'),
  officeOf('fat'),
  officeOf('indexed'),
  {
    name: 'fragments',
    title: 'external fragmentation: enough blocks are free, and a file does not fit',
    text:
      'Every second file was deleted. More than half of the blocks are free, but no six of them in a row, so a contiguous file of six ' +
      'blocks is refused. `--method all` shows that the other methods have no such trouble.',
    disk: { method: 'contiguous', blocks: 36, blockSize: 512 },
    ops: opsOf(
      'ada + a 2000, ada + b 2000, ada + c 2000, ada + d 2000, ada + e 2000, ada + f 2000, ada + g 2000, ada + h 2000, ' +
        '-a, -c, -e, -g, bob + film 3000',
    ),
  },
  {
    name: 'large-file',
    title: 'an index in levels: small files need none, large ones a tree',
    text:
      'An entry with four direct numbers, then one block of numbers, then a block of such blocks (8 numbers in each here). ' +
      'The first bytes are found at once, those in the middle with one block more, those at the end with two. A file that ' +
      'would be longer than the index can reach is refused.',
    disk: { method: 'indexed', blocks: 100, blockSize: 32, direct: 4, levels: 2 },
    ops: opsOf(
      'ada + log 100, log +300, log +1500, log?10, log?200, log?1800, log?, log +1000, log =300, log =0, bob + big 2500',
    ),
  },
  {
    name: 'full',
    title: 'a full disk: what is refused leaves everything as it was',
    text:
      'A file that needs more blocks than are free is refused as a whole, and so is one that would grow beyond them. After ' +
      'another file was deleted, there is room again.',
    disk: { method: 'linked', blocks: 16, blockSize: 512 },
    ops: opsOf('ada + a 3000, bob + b 4000, eve + c 2000, a +2000, -b, a +2000, eve + c 2000'),
  },
]
