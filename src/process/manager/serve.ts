/** What runs in the process of a manager. */
import { ServedHandle } from '../served/handle.ts'
import type { Queue } from '../queue/queue.ts'
import { task, type Task } from '../task.ts'
import { ManagerRoot } from './root.ts'

/** Says where the manager is, and serves until it is shut down. */
export const serveManager: Task<[said: Queue<unknown>], Promise<void>> = task(
  import.meta,
  'serveManager',
  async (said: Queue<unknown>): Promise<void> => {
    const root = new ManagerRoot()
    const handle = ServedHandle.serve(root, 'manager')
    await said.put(handle.form('manager').data)
    said.close()
    await root.ended
  },
)
