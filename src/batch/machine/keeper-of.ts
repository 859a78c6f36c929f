/** The keeper of a batch's folder: the one that lives there already, or a new one. */
import { isLaneworkError } from '../../core/index.ts'
import { Keeper } from '../../process/index.ts'

/** One that is just leaving, or just coming, is waited for. */
const attempts = 50
const pauseMs = 20

/** Becomes an owner of the folder's keeper; `onNone` comes before one is started. Throws KEEPER_NOT_STARTED, FOLDER_NOT_PRIVATE. */
export async function keeperOf(folder: string, onNone: () => Promise<void>): Promise<Keeper> {
  for (let attempt = 1; ; attempt++) {
    const found = await Keeper.connect(Keeper.socket(folder), { own: true }).catch(() => undefined)
    if (found !== undefined) return found
    await onNone()
    try {
      return await Keeper.start({ folder })
    } catch (error) {
      if (!isLaneworkError(error) || error.code !== 'ADDRESS_IN_USE' || attempt === attempts) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
