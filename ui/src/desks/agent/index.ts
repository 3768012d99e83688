import IconInbox from '~icons/lucide/inbox'
import type { Desk } from '../desk.ts'

export const agentDesk: Desk = {
  id: 'agent',
  path: '/agent',
  titleKey: 'shell.desk_agent',
  icon: IconInbox,
  permission: 'desk.work',
  messages: ['agent'],
  component: async () => (await import('./AgentDesk.vue')).default,
  children: [{ path: ':view?/:conversationId?', component: { render: () => null } }],
}
