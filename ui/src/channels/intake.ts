import IconPlug from '~icons/lucide/plug'
import type { ChannelPlugin } from './channel.ts'

/** Requests that another system made; the answer goes by mail where the contact has an address. */
export const intake: ChannelPlugin = {
  kind: 'intake',
  icon: IconPlug,
  titleKey: 'agent.channel.intake',
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
