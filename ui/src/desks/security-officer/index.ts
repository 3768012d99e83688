import IconShield from '~icons/lucide/shield-check'
import type { Desk } from '../desk.ts'

export const securityOfficerDesk: Desk = {
  id: 'security-officer',
  path: '/security',
  titleKey: 'shell.desk_security_officer',
  icon: IconShield,
  permission: 'audit.read',
  messages: ['audit'],
  component: async () => (await import('./AuditPage.vue')).default,
}
