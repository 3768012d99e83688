import assert from 'node:assert/strict'
import pg from 'pg'
import { SYSTEM_ORIGIN } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { hasStrayAuditEvents, makeAuditPartitions } from './audit-partitions.ts'
import { audit, sql } from './db.ts'

describe('the audit table', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
    await db.database.transaction(async (tx) => {
      audit(tx, { action: 'system.started', by: SYSTEM_ORIGIN })
    })
  })
  after(() => db.drop())

  const count = async (): Promise<number> => {
    const { rows } = await sql<{ count: number }>`select count(*) as count from audit_event`.execute(db.database.read)
    return rows[0]?.count ?? 0
  }
  const partitionOf = async (): Promise<string> => {
    const { rows } = await sql<{ name: string }>`select tableoid::regclass::text as name from audit_event limit 1`.execute(
      db.database.read,
    )
    return rows[0]?.name ?? ''
  }
  const denied = (statement: string) =>
    assert.rejects(
      sql.raw(statement).execute(db.database.read),
      (error: Error & { code?: string }) => error.code === '42501',
      statement,
    )

  it('takes events from the application’s role and lets it change, remove or empty nothing', async () => {
    assert.equal(await count(), 1)
    const partition = await partitionOf()
    for (const table of ['audit_event', partition, 'audit_event_default']) {
      await denied(`update ${table} set severity = 'debug'`)
      await denied(`delete from ${table}`)
      await denied(`truncate ${table}`)
      await denied(`drop table ${table}`)
      await denied(`alter table ${table} disable trigger all`)
      await denied(`alter table ${table} add column note text`)
      await denied(`alter table ${table} owner to oco_app`)
    }
    await denied(`alter table audit_event detach partition ${partition}`)
    await denied(`create table audit_event_own partition of audit_event for values from ('2001-01-01') to ('2001-02-01')`)
    await denied(`insert into audit_event as known (id, at, action, severity, result, subject_kind)
      select id, at, action, severity, result, subject_kind from audit_event
      on conflict (id, at) do update set severity = 'debug'`)
    await denied('create or replace function audit_make_partitions(month date) returns integer language sql as $$ select 0 $$')
    await denied('set role oco_owner')
    assert.equal(await count(), 1)
  })

  it('refuses an event that names no kind of subject, severity or result that there is', async () => {
    const insert = (values: string) =>
      sql
        .raw(
          `insert into audit_event (id, at, action, severity, result, subject_kind) values (gen_random_uuid(), now(), ${values})`,
        )
        .execute(db.database.read)
    await assert.rejects(insert(`'system.started', 'nothing', 'success', 'system'`), /audit_event_severity/)
    await assert.rejects(insert(`'system.started', 'info', 'maybe', 'system'`), /audit_event_result/)
    await assert.rejects(insert(`'system.started', 'info', 'success', 'nobody'`), /audit_event_subject/)
  })

  it('gets its partitions three months ahead, once, from the application itself', async () => {
    const later = new Date(Date.UTC(db.clock.now().getUTCFullYear(), db.clock.now().getUTCMonth() + 6, 15))
    assert.equal(await makeAuditPartitions(db.database.read, later), 4)
    assert.equal(await makeAuditPartitions(db.database.read, later), 0)
    assert.equal(await makeAuditPartitions(db.database.read, db.clock.now()), 0)
    db.clock.set(later)
    await db.database.transaction(async (tx) => {
      audit(tx, { action: 'system.stopped', by: SYSTEM_ORIGIN })
    })
    const month = `${later.getUTCFullYear()}${String(later.getUTCMonth() + 1).padStart(2, '0')}`
    const { rows } = await sql<{ name: string }>`
      select tableoid::regclass::text as name from audit_event where action = 'system.stopped'`.execute(db.database.read)
    assert.deepEqual(rows, [{ name: `audit_event_${month}` }])
  })

  it('gets none out of bounds', async () => {
    await assert.rejects(makeAuditPartitions(db.database.read, new Date('2019-12-31')), /out of bounds/)
    await assert.rejects(makeAuditPartitions(db.database.read, new Date('2199-01-01')), /out of bounds/)
  })

  it('loses no event of a month without a partition, and raises the alarm', async () => {
    assert.equal(await hasStrayAuditEvents(db.database.read), false)
    db.clock.set(new Date('2199-01-01'))
    await db.database.transaction(async (tx) => {
      audit(tx, { action: 'system.started', by: SYSTEM_ORIGIN })
    })
    assert.equal(await hasStrayAuditEvents(db.database.read), true)
  })

  it('keeps triggers out of the reach of the application’s role', async () => {
    const client = new pg.Client({ connectionString: db.url })
    await client.connect()
    try {
      for (const statement of [
        `set session_replication_role = 'replica'`,
        `create trigger quiet before insert on audit_event for each row execute function suppress_redundant_updates_trigger()`,
        `create rule quiet as on insert to audit_event do instead nothing`,
      ])
        await assert.rejects(client.query(statement), (error: Error & { code?: string }) => error.code === '42501', statement)
    } finally {
      await client.end()
    }
  })
})
