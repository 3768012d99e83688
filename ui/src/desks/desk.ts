import type { Permission } from '@oco/contract'
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** One desk: a place in the rail, its pages, and the message files that they need. Shown to whom `permission` lets in. */
export interface Desk {
  id: string
  path: `/${string}`
  /** Key of its name, among the shell's own messages. */
  titleKey: string
  icon: Component
  permission: Permission
  messages: readonly string[]
  component: () => Promise<Component>
  children?: readonly RouteRecordRaw[]
}
