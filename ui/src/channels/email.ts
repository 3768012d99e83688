import IconMail from '~icons/lucide/mail'
import type { ChannelPlugin } from './channel.ts'

export const email: ChannelPlugin = {
  kind: 'email',
  icon: IconMail,
  titleKey: 'agent.channel.email',
  composer: {
    rich: true,
    textLengthMax: 100_000,
    attachmentsMax: 20,
    attachmentSizeBytesMax: 25 * 1024 * 1024,
    showsTyping: false,
    showsAddress: true,
  },
  bubble: 'letter',
}
