/** Plays accesses: translation of addresses, and memory with or without protection. */
import { invalid } from '../../checks.ts'
import { translateBaseLimit } from '../base-limit.ts'
import { translatePage } from '../page-table.ts'
import { guardedMemory, type AccessEffect } from '../protection.ts'
import { placeSegments, translateSegment, type SegmentTable } from '../segmentation.ts'
import type { Access, Translation } from '../translation.ts'
import type { Region } from '../types.ts'
import { variablePartitions } from '../variable.ts'
import type { Played } from './allocation.ts'
import type { MemoryStep, ProtectionOp, ProtectionScenario, TranslationMethod, TranslationScenario } from './types.ts'

export function playTranslation({ method, addresses }: TranslationScenario): Played {
  const { title, map, translate } = translatorOf(method)
  const translations: { va: number; pa: number | null }[] = []
  const steps = addresses.map(({ address, access }): MemoryStep => {
    const { fault, physical, why } = translate(address, access)
    translations.push({ va: address, pa: physical ?? null })
    const result = fault === undefined ? `physical ${physical}` : `fault: ${faultTexts[fault]}`
    return { action: `${access} ${address}`, result, why, good: fault === undefined, map }
  })
  const faults = steps.filter(({ good }) => !good).length
  const summary: [string, string][] = [['accesses', `${steps.length}, of them ${faults} stopped`]]
  return { method: title, steps, summary, usage: undefined, results: { translations } }
}

const faultTexts = { limit: 'outside', protection: 'not allowed', 'not-present': 'not in memory' }

interface Translator {
  readonly title: string
  readonly map: readonly Region[] | undefined
  translate(address: number, access: Access): Translation
}

function translatorOf(method: TranslationMethod): Translator {
  if (method.by === 'base-limit') {
    const { base, limit } = method.registers
    const title = `base ${base}, limit ${limit}`
    return { title, map: undefined, translate: (address) => translateBaseLimit(address, method.registers) }
  }
  if (method.by === 'pages') {
    const { table } = method
    const title = `${table.pages.length} pages of ${table.pageSize}`
    return { title, map: undefined, translate: (address, access) => translatePage(address, table, access) }
  }
  const { table, map } = method.by === 'segments' ? { table: method.table, map: undefined } : placed(method)
  const title = `${table.segments.length} segments, addresses 0 to ${table.addressSpace - 1}`
  return { title, map, translate: (address, access) => translateSegment(address, table, access) }
}

function placed(method: TranslationMethod & { by: 'placed-segments' }): {
  table: SegmentTable
  map: readonly Region[]
} {
  const memory = variablePartitions({ areas: method.areas, fit: 'worst' })
  const segments = placeSegments(memory, 'A', method.requests)
  if (segments === undefined) throw invalid('segments', 'such that all of them find a place', method.requests.length)
  return { table: { segments, addressSpace: method.addressSpace }, map: memory.map() }
}

export function playProtection(scenario: ProtectionScenario): Played {
  const { size, systemSize, protection, ops } = scenario
  const guarded = guardedMemory(variablePartitions({ size, protection }), systemSize)
  const effects: AccessEffect[] = []
  const steps = ops.map((op): MemoryStep => {
    const { action, result, why, good } = playOp(op)
    return { action, result, why, good, map: guarded.memory.map() }
  })
  const alive = guarded.jobs()
  const summary: [string, string][] = [
    ['protection', protection ? 'on' : 'off'],
    ['system', guarded.systemUp ? 'runs' : 'has crashed'],
    ['jobs alive', alive.length === 0 ? 'none' : alive.join(', ')],
  ]
  const results = { effects, alive, systemUp: guarded.systemUp }
  const method = protection ? 'base and limit, checked at each access' : 'no protection'
  return { method, steps, summary, usage: guarded.memory.usage(), results }

  function playOp(op: ProtectionOp): Omit<MemoryStep, 'map'> {
    if (op.do === 'load') {
      const action = `load ${op.job}`
      if (!guarded.systemUp) return { action, result: 'nobody there', why: 'the system has crashed', good: false }
      const placement = guarded.load(op.job, op.size)
      if (placement === undefined) return { action, result: 'waits', why: 'there is no room', good: false }
      return { action, result: `at ${placement.base}`, why: `base ${placement.base}, limit ${op.size}`, good: true }
    }
    const action = `${op.job} ${verbs[op.do]} ${op.address}`
    if (!guarded.jobs().includes(op.job)) {
      const why = guarded.systemUp ? `${op.job} has ended` : 'the system has crashed'
      return { action, result: 'nobody there', why, good: false }
    }
    const { effect, why } = guarded.access(op.job, op.address, op.do)
    effects.push(effect)
    return { action, result: effectTexts[effect], why, good: effect === 'ok' }
  }
}

const verbs: Record<Access, string> = { read: 'reads', write: 'writes', execute: 'runs' }

const effectTexts: Record<AccessEffect, string> = {
  ok: 'ok',
  fault: 'fault: the job ends',
  'read-other': 'reads what is not its own',
  'spoiled-other': 'spoils another job',
  'went-wrong': 'goes wrong and ends',
  crash: 'the system crashes',
  nothing: 'hits nothing',
}
