/**
 * What the owner has decided, on its way: stored, then heard by whom it concerns, then answered. Rooms that changed are saved, and deadlines
 * of rooms are kept.
 */
import type { Timer } from '../../../core/index.ts'
import type { Bus } from '../../../bus/index.ts'
import type { SharedServer } from '../../../server/index.ts'
import { allSubject, laneSubject, roomSubject, toBytes, type ToLane } from '../messages.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Outcome } from '../rooms/types.ts'
import type { ChatStore } from '../store/index.ts'
import { roomKey } from '../text/room-name.ts'
import type { Answer, Fault, Heard } from '../types.ts'
import { keepRoom, storedOf } from './kept.ts'
import type { LaneTable } from './lane-table.ts'
import { Outgoing } from './outgoing.ts'

const notStored: Fault = { code: 'unavailable', message: 'It could not be stored, so nobody has heard it: try again' }
const notHeard: Fault = {
  code: 'unavailable',
  message: 'It went wrong on its way: others may have heard it all the same',
}

export interface DeliveryParts {
  readonly server: SharedServer
  readonly bus: Bus
  readonly store: ChatStore
  readonly rooms: Rooms
  readonly lanes: LaneTable
  /** A member's stay is over. */
  readonly gone: (member: string) => void
}

export class Delivery {
  readonly #parts: DeliveryParts
  readonly #outgoing = new Outgoing()
  /** Rooms whose last change is not on the disk. */
  readonly #unsaved = new Set<string>()
  #deadline: Timer | undefined
  #isClosed = false

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#wakeAtDeadline()
  }

  /** What waits for the disk, and behind it. */
  get waiting(): number {
    return this.#outgoing.size
  }

  /** Rooms whose last change the disk refused. */
  get unsavedRooms(): number {
    return this.#unsaved.size
  }

  /** What still waits for the disk is stored and answered, and not heard any more. */
  close(): void {
    this.#isClosed = true
    this.#deadline?.cancel()
  }

  /** Stores, lets be heard, and gives the answer, in its turn; `then` is called between what is heard and the answer. */
  carryOut<Value>(outcome: Outcome<Value>, ref: string | undefined, then?: () => void): Promise<Answer<Value>> {
    const { answer, heard, stored, changedRooms } = outcome
    for (const room of changedRooms) this.#save(room)
    const writing =
      stored.length === 0 ? undefined : this.#parts.store.append(stored.map(({ key, saying }) => storedOf(key, saying)))
    this.#wakeAtDeadline()
    const leaving = heard.map((each) => this.#addressed(ref === undefined ? each : { ...each, ref }))
    return new Promise((resolve) => {
      let isStored = false
      const publish = (): void => {
        isStored = true
        for (const { subjects, payload } of leaving) for (const subject of subjects()) this.#publish(subject, payload)
        for (const { hearing } of heard) if (hearing.event === 'quit') this.#parts.gone(hearing.by.id)
        then?.()
        resolve(answer)
      }
      this.#outgoing.add(writing, publish, () => resolve({ fault: isStored ? notHeard : notStored }))
    })
  }

  /** The bytes of a hearing, and the subjects under which it leaves: members may come to another lane while it waits for the disk. */
  #addressed(heard: Heard): { subjects: () => string[]; payload: Uint8Array } {
    const { audience } = heard
    switch (audience.to) {
      case 'room':
        return { subjects: () => [roomSubject(roomKey(audience.room))], payload: toBytes(heard) }
      case 'near':
      case 'wallops':
        return { subjects: () => [allSubject], payload: toBytes(heard) }
      case 'members': {
        const payload = toBytes({ kind: 'heard', heard } satisfies ToLane)
        return { subjects: () => this.#lanesOf(audience.members).map(laneSubject), payload }
      }
    }
  }

  #lanesOf(members: readonly string[]): string[] {
    return [...new Set(members.flatMap((id) => this.#parts.lanes.laneOf(id) ?? []))]
  }

  /** To one lane alone. */
  tell(lane: string, message: ToLane): void {
    this.#publish(laneSubject(lane), toBytes(message))
  }

  #publish(subject: string, payload: Uint8Array): void {
    if (!this.#isClosed) this.#parts.bus.publish(subject, payload)
  }

  #save(room: string): void {
    // Those that the disk refused are written again with the next that changes; the store tells of each refusal.
    const rooms = new Set([room, ...this.#unsaved])
    this.#unsaved.clear()
    for (const each of rooms)
      keepRoom(this.#parts.store, each, this.#parts.rooms.recordOf(each)).catch(() => this.#unsaved.add(each))
  }

  #wakeAtDeadline(): void {
    this.#deadline?.cancel()
    if (this.#isClosed) return
    const nextMs = this.#parts.rooms.nextDeadlineMs()
    if (nextMs === undefined) return
    const delayMs = Math.max(1, nextMs - this.#parts.server.clock.wallMs())
    this.#deadline = this.#parts.server.clock.after(delayMs, () => {
      const { heard, changedRooms } = this.#parts.rooms.expire(this.#parts.server.clock.wallMs())
      void this.carryOut({ answer: { ok: {} }, heard, stored: [], changedRooms }, undefined)
    })
  }
}
