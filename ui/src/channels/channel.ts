import type { ChannelKind } from '@oco/contract'
import type { Component } from 'vue'

/** How one channel looks and what its composer may do. A new channel is a new file here and a line in index.ts. */
export interface ChannelPlugin {
  kind: ChannelKind
  icon: Component
  /** Key of its name, among the messages of the agent's desk. */
  titleKey: string
  composer: {
    /** Formatted text; otherwise plain. */
    rich: boolean
    textLengthMax: number
    attachmentsMax: number
    attachmentSizeBytesMax: number
    /** Tells the other side that somebody writes. */
    showsTyping: boolean
    /** The address of the other side means something to a person. */
    showsAddress: boolean
  }
  /** `letter`: wide, with a head, as in a mail program. `bubble`: short lines to the left and right. */
  bubble: 'letter' | 'bubble'
}
