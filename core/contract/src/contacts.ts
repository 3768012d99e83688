import { z } from 'zod'
import { byId, id, instant, name, version } from './common.ts'
import { endpoint } from './endpoint.ts'

export const CONTACT_ADDRESS_KINDS = ['email', 'phone', 'visitor', 'external'] as const

export const contactView = z.object({
  id,
  displayName: z.string(),
  addresses: z.array(z.object({ kind: z.enum(CONTACT_ADDRESS_KINDS), value: z.string() })),
  note: z.string(),
  createdAt: instant,
  /** Since then nothing of the contact can be opened any more; null for everybody else. */
  erasedAt: instant.nullable(),
  conversationCount: z.int(),
  version,
})
export type ContactView = z.output<typeof contactView>

export const readContact = endpoint({
  method: 'GET',
  path: '/api/v1/contacts/:id',
  summary: 'A contact with its addresses',
  permission: 'conversation.read',
  audit: 'contact.viewed',
  request: { params: byId },
  response: contactView,
  errors: ['not_found'],
})

export const eraseContact = endpoint({
  method: 'POST',
  path: '/api/v1/contacts/:id/erase',
  summary: "Destroy a contact's keys, and with them all that the contact said; takes some seconds, and cannot be undone",
  permission: 'contact.erase',
  audit: 'contact.erased',
  request: { params: byId },
  response: z.object({
    keysDestroyed: z.int(),
    /** From this day on no backup brings the data back. */
    unreadableFrom: z.iso.date(),
  }),
  errors: ['not_found', 'conflict'],
})

export const changeContact = endpoint({
  method: 'PATCH',
  path: '/api/v1/contacts/:id',
  summary: "Correct a contact's name or note",
  permission: 'contact.change',
  audit: 'contact.changed',
  request: {
    params: byId,
    body: z.object({ displayName: name.optional(), note: z.string().max(4_000).optional(), version }),
  },
  response: contactView,
  errors: ['not_found', 'version_conflict'],
})
