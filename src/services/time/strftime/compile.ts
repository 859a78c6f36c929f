/**
 * Turns a format into functions, once: what formatting then does is to call them and join what they give.
 * What is no directive is copied as GNU date copies it: filled to its width, in upper case after `^`; or refused (`strict`).
 */
import { fail } from '../../../core/index.ts'
import { entryOf } from './directives.ts'
import { literal, mergeLiterals } from './join.ts'
import { upperAscii } from './names.ts'
import { padText } from './padding.ts'
import { parseFormat, type Directive } from './parse.ts'
import type { Context, Part } from './part.ts'

/** The parts of a format, in order; `upper` is the `^` of a composite around it. Throws FORMAT_INVALID under `strict`. */
export function compileParts(format: string, context: Context, upper: boolean): Part[] {
  const { dialect, lettering } = context
  // The same directive many times is compiled once.
  const known = new Map<string, Part>()
  const partOf = (directive: Directive): Part => {
    const found = known.get(directive.text)
    if (found !== undefined) return found
    const part = directivePart(context, upper ? { ...directive, upper } : directive)
    known.set(directive.text, part)
    return part
  }
  const items = parseFormat(format, dialect !== 'extended')
  return mergeLiterals(items.map((item) => (typeof item === 'string' ? literal(item, lettering) : partOf(item))))
}

function directivePart(context: Context, directive: Directive): Part {
  if (directive.text === '%%') return literal('%', context.lettering)
  const entry = entryOf(context.dialect, directive)
  if (entry !== undefined) return entry.build(context, directive)
  if (context.strict) {
    const { format } = context
    const reason = directive.letter === '' ? 'the directive has no letter' : `${directive.text} is no directive`
    throw fail('FORMAT_INVALID', { format, position: directive.position, reason })
  }
  return verbatim(context, directive)
}

function verbatim({ lettering }: Context, { text, letter, upper, swapCase, width, pad }: Directive): Part {
  // That `%#Eb` comes out in capitals is GNU's way, and nobody's wish.
  const own = upper || (swapCase && (letter === 'b' || letter === 'h')) ? upperAscii(text) : text
  if (width <= own.length || pad === '-') return literal(own, lettering)
  return { write: () => padText(own, own.length, width, pad), least: width, most: width * 4 }
}
