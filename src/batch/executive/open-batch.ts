/** Opens a batch in this process: settings, lock, journal, machine and what was there before, in this order. */
import { join, resolve } from 'node:path'

import { privateFolder } from '../../process/index.ts'
import { Engine } from '../engine/engine.ts'
import { restoredFrom, type Fact } from '../engine/facts.ts'
import { AliveFacts, Journal, type JournalFiles } from '../journal/index.ts'
import { KeeperMachine } from '../machine/keeper-machine.ts'
import { settledChoice } from '../request/policy.ts'
import type { Batch, BatchEvent, BatchSettings, JobRequest, MachineEvents, RunRecord } from '../types.ts'
import { Executive } from './executive.ts'
import { checkFolderLength } from './folder-length.ts'
import { withKept } from './kept-settings.ts'
import { lockOf } from './folder-lock.ts'
import { newRunFolder, removeRunFolder } from './run-folder.ts'
import { Learning } from './learning.ts'
import { Logs } from './logs.ts'
import { recover } from './recovery.ts'
import { runClock } from './run-clock.ts'
import { settle, usualPolicy } from './settings.ts'

export interface OpenOptions extends BatchSettings {
  /** Where its journal, logs, history and sockets are: mode 0700, made if need be. One batch at a time. */
  readonly folder: string
  /** Where the history of commands is, which several batches may share. @default its folder */
  readonly historyFolder?: string | undefined
  /**
   * Takes what is not given from what a batch of this folder with `keepSettings` had last, and keeps what is. The policy always
   * goes on. @default false
   */
  readonly keepSettings?: boolean | undefined
  /** What runs goes on when this process is killed, and the next batch takes it over; else it is ended. @default true */
  readonly jobsSurvive?: boolean | undefined
  /** Called with everything that happens, as `watch` gives it. */
  readonly onEvent?: ((event: BatchEvent) => void) | undefined
  /** What the journal is written with: for tests of full disks. @default the machine's disk */
  readonly journalFiles?: JournalFiles | undefined
}

/**
 * Opens the batch of a folder, and goes on with its jobs. It lives until `close` or the end of this process: its programs go on
 * then, under the keeper, and the next one that opens the folder takes them over.
 *
 * Throws BATCH_RUNS when another process (or this one) has it open, FOLDER_NOT_PRIVATE, OPTION_INVALID, JOURNAL_INVALID,
 * JOURNAL_NOT_WRITTEN, KEEPER_NOT_STARTED.
 *
 * @example
 * const batch = await openBatch({ folder: '/var/lib/batch', policy: { name: 'rr', options: { quantum: 50 } } })
 * await batch.add([{ argv: ['make'] }, { argv: ['gzip', 'big.tar'] }])
 * await batch.wait({ all: true })
 * await batch.close()
 */
export async function openBatch(options: OpenOptions): Promise<Batch> {
  const { folder: given, historyFolder, keepSettings = false, jobsSurvive, onEvent, journalFiles, ...rest } = options
  // What is given is checked before anything is kept of it.
  const checked = settle(rest)
  checkFolderLength(given)
  const folder = privateFolder(resolve(given))
  const lock = lockOf(folder)
  let journal: Journal | undefined
  let machine: KeeperMachine | undefined
  try {
    const kept = keepSettings ? withKept(folder, rest) : undefined
    const settings = kept === undefined ? checked : settle(kept.settings)
    const opened = Journal.open(join(folder, 'batch.journal'), { files: journalFiles })
    journal = opened.journal
    const facts = opened.facts as readonly Fact[]
    const alive = new AliveFacts()
    for (const fact of facts) alive.add(fact)
    const { jobs, choice, lastId } = restoredFrom(facts)
    const clock = runClock()
    const wanted = settings.policy ?? choice ?? settledChoice(usualPolicy)
    if (JSON.stringify(wanted) !== JSON.stringify(choice)) {
      const fact: Fact = { kind: 'policy', job: 0, at: clock.startedAt, choice: wanted }
      journal.put(fact)
      alive.add(fact)
    }
    // The machine may speak before there is an engine that hears; what it says then is what recovery asks anyway.
    let hears: MachineEvents | undefined
    machine = await KeeperMachine.open(
      { folder, clock: clock.now, pin: settings.pin, jobsSurvive },
      eventsFor(() => hears),
    )
    const learning = new Learning(historyFolder ?? folder, settings)
    const executive = new Executive({
      folder,
      settings,
      clock,
      journal,
      alive,
      nextId: Math.max(opened.nextId, lastId + 1),
      machine,
      choice: wanted,
      learning,
      logs: new Logs(folder),
      onEvent,
      onClose: () => lock.release(),
      makeEngine: (hands, events, policy, chosen) =>
        new Engine(
          {
            policy,
            choice: chosen,
            cpus: settings.cpus,
            memoryBytes: settings.memoryBytes,
            resources: settings.resources,
            slots: settings.slots,
            degree: settings.degree,
            startedAt: clock.startedAt,
            expected: (key) => learning.expected(key),
          },
          hands,
          events,
        ),
    })
    const recovered = recover(jobs, machine)
    const torn = opened.torn === undefined ? [] : [opened.torn]
    const unread = kept?.trouble === undefined ? [] : [kept.trouble]
    executive.restore(recovered.jobs, [...unread, ...torn, ...recovered.reports])
    hears = executive.machineEvents
    return executive
  } catch (error) {
    await machine?.close({ endJobs: false })
    journal?.close()
    lock.release()
    throw error
  }
}

/**
 * Runs these jobs to their ends and gives the record of it. Without a folder in a new one, which is gone afterwards, with the logs.
 * Throws as `openBatch` and `add` do; what was running is ended then.
 */
export async function runBatch(
  requests: readonly JobRequest[],
  { folder, ...settings }: Partial<OpenOptions> = {},
): Promise<RunRecord> {
  const home = folder ?? (await newRunFolder())
  try {
    const batch = await openBatch({ jobsSurvive: folder !== undefined, ...settings, folder: home })
    try {
      const added = await batch.add(requests)
      await batch.wait({ jobs: added.map(({ id }) => id) })
      return await batch.record()
    } finally {
      await batch.close({ endJobs: true })
    }
  } finally {
    if (folder === undefined) await removeRunFolder(home)
  }
}

function eventsFor(heard: () => MachineEvents | undefined): MachineEvents {
  return {
    started: (...told) => heard()?.started(...told),
    notStarted: (...told) => heard()?.notStarted(...told),
    ended: (...told) => heard()?.ended(...told),
    blocked: (...told) => heard()?.blocked(...told),
    unblocked: (...told) => heard()?.unblocked(...told),
    used: (...told) => heard()?.used(...told),
    overMemory: (...told) => heard()?.overMemory(...told),
  }
}
