import IconChat from '~icons/lucide/message-circle'
import type { ChannelPlugin } from './channel.ts'

export const webchat: ChannelPlugin = {
  kind: 'webchat',
  icon: IconChat,
  titleKey: 'agent.channel.webchat',
  composer: {
    rich: false,
    textLengthMax: 8_000,
    attachmentsMax: 5,
    attachmentSizeBytesMax: 25 * 1024 * 1024,
    showsTyping: true,
    showsAddress: false,
  },
  bubble: 'bubble',
}
