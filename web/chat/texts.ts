/** The page's language: as the browser asks for it, unless its user chose another. */
import { kept, keep } from './kept.ts'
import { chinese } from './texts-zh.ts'
import { english, type Texts } from './texts-en.ts'

export type { Texts }

export const languages = { en: 'English', zh: '中文' } as const
export type Language = keyof typeof languages

function preferred(): Language {
  const chosen = kept('language')
  if (chosen === 'en' || chosen === 'zh') return chosen
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export const language: Language = preferred()
export const texts: Texts = language === 'zh' ? chinese : english

/** As `Intl` knows it. */
export const locale: string =
  language === 'zh' ? 'zh-CN' : navigator.language.startsWith('en') ? navigator.language : 'en'

/** Takes effect with the next load of the page. */
export function chooseLanguage(next: Language): void {
  keep('language', next)
}

/** A fault in the reader's language: its code's words, else the server's. */
export function faultText(fault: { readonly code: string; readonly message: string }): string {
  return texts.faults[fault.code] ?? fault.message
}
