import type { Language } from './texts.ts'

/** What the page says of its chat, in the attributes of the script: `<script src="…/oco-chat.js" data-channel="…" async></script>`. */
export interface Embed {
  readonly channelId: string
  /** Where the script came from: that server is asked, and no other. */
  readonly base: string
  /** null: the language of the organisation. */
  readonly language: Language | null
  /** null: as the visitor's system has it. */
  readonly theme: 'light' | 'dark' | null
  readonly side: 'left' | 'right'
}

/** null where the script does not say which chat it is. */
export const embedOf = (script: HTMLScriptElement | null): Embed | null => {
  const { channel, language, theme, side } = script?.dataset ?? {}
  if (script === null || channel === undefined || !/^[0-9a-f-]{36}$/i.test(channel)) return null
  return {
    channelId: channel.toLowerCase(),
    base: new URL(script.src).origin,
    language: language === 'ru' || language === 'en' ? language : null,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    side: side === 'left' ? 'left' : 'right',
  }
}
