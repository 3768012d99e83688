import { changeContact } from '@oco/contract'
import type { Actor } from '@oco/security'
import { present } from '../kernel/assert.ts'
import { Failure } from '../kernel/errors.ts'
import { audit, live, type Database, type Db } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import { changeContactRow, contactView } from './contact-store.ts'

export interface ContactRoutesOptions {
  readonly database: Database
  /** Whether the actor may see anything of this contact; false too where there is no such contact. */
  readonly maySee: (db: Db, actor: Actor, contactId: string) => Promise<boolean>
  /** A conversation of the contact that pages have open. */
  readonly conversationsOf: (db: Db, contactId: string) => Promise<readonly string[]>
}

export const contactRoutes = ({ database, maySee, conversationsOf }: ContactRoutesOptions): Route[] => [
  route(changeContact, ({ params, body, actor, by }) =>
    database.transaction(async (tx) => {
      if (!(await maySee(tx, actor, params.id))) throw new Failure('not_found')
      if (!(await changeContactRow(tx, params.id, body))) throw new Failure('version_conflict')
      const fields = Object.keys(body).filter((field) => field !== 'version')
      audit(tx, { action: 'contact.changed', by, object: { kind: 'contact', id: params.id }, details: { fields } })
      for (const conversationId of await conversationsOf(tx, params.id)) {
        live(tx, { type: 'conversation.changed', conversationId })
      }
      return present(await contactView(tx, params.id), 'the contact that was changed')
    }),
  ),
]
