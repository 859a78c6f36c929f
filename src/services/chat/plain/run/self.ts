/** Commands about the member itself: its name, presence, account and end. */
import { textBehind } from '../commands.ts'
import { nothing, told, type Run } from './context.ts'

export const nick: Run = async (context, [name = '']) =>
  told(await context.ask('nick', { nick: name }), ({ nick: now }) => [`you are ${now} now`])

export const away: Run = async (context, _words, text) =>
  told(await context.ask('away', { text: text === '' ? 'away' : text }), () => ['you are away; /back when you return'])

export const back: Run = async (context) => told(await context.ask('away', {}), () => ['welcome back'])

export const echo: Run = async (context, [word]) => {
  if (word !== undefined && word !== 'on' && word !== 'off') return ['/echo on, or /echo off']
  if (word !== undefined) context.isEchoed = word === 'on'
  return [context.isEchoed ? 'you are sent what you say' : 'you are not sent what you say']
}

export const alive: Run = async (context) => {
  await context.ask('alive', {})
  return nothing
}

export const login: Run = async (context, [account = '', password = '']) =>
  told(await context.ask('login', { account, password }), ({ account: name }) => [`you are logged in as ${name}`])

export const logout: Run = async (context) => told(await context.ask('logout', {}), () => ['you are logged out'])

export const register: Run = async (context, [account = '', password = '']) =>
  told(await context.ask('register', { account, password }), ({ account: name }) => [
    `the account ${name} is yours, and you are logged in`,
  ])

export const oper: Run = async (context, [name = '', password = '']) =>
  told(await context.ask('operator', { name, password }), () => ['you are an operator of the server'])

export const kill: Run = async (context, [nickOf = ''], rest) =>
  told(await context.ask('kill', { nick: nickOf, reason: textBehind(rest, 1) || 'killed' }), () => [
    `${nickOf} is gone`,
  ])

/** Told once all that was asked before is answered. */
export const quit: Run = async (context) => {
  await context.ask('alive', {})
  return ['goodbye']
}
