import type { ChannelKind } from '@oco/contract'
import type { ChannelPlugin } from './channel.ts'
import { email } from './email.ts'
import { intake } from './intake.ts'
import { webchat } from './webchat.ts'

const PLUGINS: Record<ChannelKind, ChannelPlugin> = { email, webchat, intake }

export const channelPlugin = (kind: ChannelKind): ChannelPlugin => PLUGINS[kind]
