import assert from 'node:assert/strict'
import { CompiledQuery } from 'kysely'
import pg from 'pg'
import { SYSTEM_ORIGIN } from '@oco/security'
import { newId } from '../kernel/ids.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { startHoldingProxy } from '../../test/peers/holding-proxy.ts'
import { audit, executeLast, live, openDatabase, sql, violates, write, type Database, type Db, type Tx } from './db.ts'
import { pipelineOver } from './pipeline.ts'
import type { DB } from './tables.ts'

const raw = (text: string, values: unknown[] = []): CompiledQuery => CompiledQuery.raw(text, values)
const skill = (id: string, name: string): CompiledQuery => raw('insert into skill (id, name) values ($1, $2)', [id, name])

describe('statements over one connection', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
  })
  after(() => db.drop())

  const step = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.database.transaction(work)
  const skills = async (...ids: string[]): Promise<number> =>
    (await db.database.read.executeQuery(raw('select from skill where id = any($1)', [ids]))).rows.length

  it('answers each of those that are said at once with its own rows, in any order of types', async () => {
    const answers = await step((tx) =>
      Promise.all([
        tx.executeQuery(raw('select 1 as one')),
        tx.executeQuery(raw('select $1::text as text, null as nothing', ['ъ'])),
        tx.executeQuery(raw('select generate_series(1, 3) as n')),
        tx.executeQuery(raw('update skill set name = name where false')),
        tx.executeQuery(raw('select true as yes, 9007199254740991::bigint as big, now() as at')),
      ]),
    )
    assert.deepEqual(
      answers.slice(0, 3).map(({ rows }) => rows),
      [[{ one: 1 }], [{ text: 'ъ', nothing: null }], [{ n: 1 }, { n: 2 }, { n: 3 }]],
    )
    assert.equal(answers[3]?.numAffectedRows, 0n)
    const last = answers[4]?.rows[0] as { yes: boolean; big: number; at: Date }
    assert.equal(last.yes, true)
    assert.equal(last.big, Number.MAX_SAFE_INTEGER)
    assert.ok(last.at instanceof Date)
  })

  it('takes every kind of value there and back', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z')
    const odd = 'quote " back \\ brace } comma , null'
    const { rows } = await db.database.read.executeQuery(
      raw(
        `select $1::timestamptz as at, $2::text[] as texts, $3::jsonb as json, $4::bytea as bytes, $5::boolean as no, $6::integer as n,
          $7::integer[][] as grid, $8::timestamptz[] as times, $9::jsonb as list, $10::bytea[] as many`,
        [
          at,
          [odd, '', null, 'NULL'],
          { a: [1, 'б'] },
          Buffer.from([0, 255]),
          false,
          -7,
          [
            [1, 2],
            [3, 4],
          ],
          [at],
          JSON.stringify([1, 2]),
          [Buffer.from([1, 92])],
        ],
      ),
    )
    assert.deepEqual(rows, [
      {
        at,
        texts: [odd, '', null, 'NULL'],
        json: { a: [1, 'б'] },
        bytes: Buffer.from([0, 255]),
        no: false,
        n: -7,
        grid: [
          [1, 2],
          [3, 4],
        ],
        times: [at],
        list: [1, 2],
        many: [Buffer.from([1, 92])],
      },
    ])
  })

  it('refuses a value that is none, before anything is sent', async () => {
    await assert.rejects(db.database.read.executeQuery(raw('select $1', [() => 1])), TypeError)
    assert.equal((await db.database.read.executeQuery(raw('select 1 as one'))).rows.length, 1)
  })

  it('undoes all when one of them fails, and works on over the same connection', async () => {
    const [first, second, third] = [newId(), newId(), newId()]
    for (let round = 0; round < 40; round++) {
      const failed = step((tx) =>
        Promise.all([
          tx.executeQuery(skill(first, newId())),
          tx.executeQuery(skill(first, newId())),
          tx.executeQuery(skill(second, newId())),
        ]),
      )
      await assert.rejects(failed, (error) => violates(error, 'skill_pkey'))
    }
    assert.equal(await skills(first, second), 0)
    await step((tx) => tx.executeQuery(skill(third, newId())))
    assert.equal(await skills(third), 1)
  })

  it('prepares anew what a failure may have left unprepared', async () => {
    const text = `select $1::integer / $2::integer as quotient -- ${newId()}`
    for (let round = 0; round < 20; round++) {
      await assert.rejects(db.database.read.executeQuery(raw(text, [1, 0])), /division by zero/)
      assert.deepEqual((await db.database.read.executeQuery(raw(text, [8, 2]))).rows, [{ quotient: 4 }])
    }
    await assert.rejects(db.database.read.executeQuery(raw('select nonsense from nowhere')), /nowhere/)
  })

  it('commits a single last statement without a transaction around it', async () => {
    const id = newId()
    const seen = await step(async (tx) => {
      await executeLast(tx, skill(id, newId()))
      return skills(id)
    })
    assert.equal(seen, 1)
  })

  it('commits together with the last statement what preceded it, or neither', async () => {
    const [first, second] = [newId(), newId()]
    const seen = await step(async (tx) => {
      await tx.executeQuery(skill(first, newId()))
      assert.equal(await skills(first), 0)
      await executeLast(tx, skill(second, newId()))
      return skills(first, second)
    })
    assert.equal(seen, 2)
    const third = newId()
    const failed = step(async (tx) => {
      await tx.executeQuery(skill(third, newId()))
      await executeLast(tx, skill(first, newId()))
    })
    await assert.rejects(failed, (error) => violates(error, 'skill_pkey'))
    assert.equal(await skills(third), 0)
    await step((tx) => tx.executeQuery(skill(third, newId())))
  })

  it('waits with the commit for records that follow the last statement', async () => {
    const id = newId()
    await step(async (tx) => {
      audit(tx, { action: 'skill.created', by: SYSTEM_ORIGIN, object: { kind: 'skill', id } })
      await executeLast(tx, skill(id, newId()))
      assert.equal(await skills(id), 0)
    })
    assert.equal(await skills(id), 1)
  })

  it('lets nothing follow a last statement', async () => {
    const id = newId()
    await assert.rejects(
      step(async (tx) => {
        await executeLast(tx, raw('select 1'))
        await tx.executeQuery(skill(id, newId()))
      }),
      /follows the one that was said to be the last/,
    )
    await assert.rejects(
      step(async (tx) => {
        await executeLast(tx, raw('select 1'))
        live(tx, { type: 'settings.changed' })
      }),
      /after the last statement/,
    )
    assert.equal(await skills(id), 0)
  })

  it('fails the transaction with the reason of a statement that nobody awaited', async () => {
    const id = newId()
    const failed = step(async (tx) => {
      write(tx, skill(id, newId()))
      write(tx, skill(id, newId()))
      await Promise.resolve()
    })
    await assert.rejects(failed, (error) => violates(error, 'skill_pkey'))
    const late = step(async (tx) => {
      write(tx, skill(id, newId()))
      write(tx, skill(id, newId()))
      await new Promise((resolve) => setTimeout(resolve, 30))
    })
    await assert.rejects(late, (error) => violates(error, 'skill_pkey'))
    assert.equal(await skills(id), 0)
  })

  it('writes any number of records with the commit, or none of the step', async () => {
    for (const [audits, lives] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [4, 4],
      [5, 1],
      [0, 9],
      [6, 0],
    ] as const) {
      const object = { kind: 'skill', id: newId() }
      await step((tx) => {
        for (let index = 0; index < audits; index++)
          audit(tx, { action: 'skill.created', by: SYSTEM_ORIGIN, object, details: { index } })
        for (let index = 0; index < lives; index++) live(tx, { type: 'settings.changed', workItemId: object.id })
        return Promise.resolve()
      })
      const { rows } = await sql`select
        (select count(*)::integer from audit_event where object_id = ${object.id} and severity = 'info' and subject_kind = 'system') as audits,
        (select count(*)::integer from live_event where work_item_id = ${object.id} and queue_id is null) as lives`.execute(
        db.database.read,
      )
      assert.deepEqual(rows, [{ audits, lives }])
    }
    const id = newId()
    const failed = step(async (tx) => {
      await tx.executeQuery(skill(id, newId()))
      audit(tx, { action: 'skill.created', by: SYSTEM_ORIGIN, object: { kind: 'skill', id: 'no uuid' } })
    })
    await assert.rejects(failed, /uuid/)
    assert.equal(await skills(id), 0)
  })

  it('refuses to speak over a transaction that has ended', async () => {
    const escaped = await step((tx) => Promise.resolve(tx))
    await assert.rejects(escaped.executeQuery(raw('select 1')), /after the end/)
  })

  it('does nothing at all for a step that says nothing', async () => {
    assert.equal(await step(() => Promise.resolve(7)), 7)
  })

  it('fails what waits for an answer when the connection is cut, and goes on over a new one', async () => {
    const pool = new pg.Pool({ connectionString: db.url, max: 1 })
    const errors: Error[] = []
    pool.on('error', (error) => errors.push(error))
    const { kysely, transaction } = pipelineOver<Record<string, never>>(pool)
    const cut = transaction(async (tx) => {
      const { rows } = await tx.executeQuery<{ pid: number }>(raw('select pg_backend_pid() as pid'))
      const sleeping = assert.rejects(tx.executeQuery(raw('select pg_sleep(20)')))
      await db.database.read.executeQuery(raw('select pg_terminate_backend($1)', [rows[0]?.pid]))
      await sleeping
      await tx.executeQuery(raw('select 1'))
    })
    await assert.rejects(cut)
    assert.deepEqual((await kysely.executeQuery(raw('select 2 as two'))).rows, [{ two: 2 }])
    await kysely.destroy()
  })

  const openOne = (): Database =>
    openDatabase({ url: db.url, clock: db.clock, poolSize: 1, onWake: () => undefined, onIdleError: () => undefined })
  const asOwner = async (statement: string): Promise<void> => {
    const owner = new pg.Client({ connectionString: db.ownerUrl })
    await owner.connect()
    await owner.query(statement)
    await owner.end()
  }

  it('goes on where what it had prepared has gone', async () => {
    const one = openOne()
    const number = async (tx: Db): Promise<unknown> =>
      (await tx.executeQuery<{ n: number }>(raw('select $1::integer as n', [7]))).rows
    const lose = (): Promise<unknown> => one.read.executeQuery(raw('deallocate all'))
    for (const ask of [
      () => number(one.read),
      () => one.transaction(number),
      () => one.transaction(async (tx) => (await executeLast(tx, raw('select $1::integer as n', [7]))).rows),
    ]) {
      assert.deepEqual(await ask(), [{ n: 7 }])
      await lose()
      assert.deepEqual(await ask(), [{ n: 7 }])
    }
    await one.close()
  })

  it('goes on where a migration has changed what a prepared statement answers, doing nothing twice', async () => {
    await asOwner('create table grown (n integer); grant select on grown to oco_app; insert into grown values (1)')
    const one = openOne()
    const grown = async (tx: Db): Promise<unknown> => (await tx.executeQuery(raw('select * from grown'))).rows
    assert.deepEqual([await grown(one.read), await one.transaction(grown)], [[{ n: 1 }], [{ n: 1 }]])
    await asOwner(`alter table grown add more text default 'x'`)
    assert.deepEqual(await grown(one.read), [{ n: 1, more: 'x' }])
    await asOwner('alter table grown alter n type text')
    const id = newId()
    const rows = await one.transaction(async (tx) => {
      await tx.executeQuery(skill(id, newId()))
      return grown(tx)
    })
    assert.deepEqual(rows, [{ n: '1', more: 'x' }])
    assert.equal(await skills(id), 1)
    await one.close()
  })

  it('fails what a server never answers, and goes on over a new connection', async () => {
    const proxy = await startHoldingProxy(Number(new URL(db.url).port))
    const url = new URL(db.url)
    url.port = String(proxy.port)
    const pool = new pg.Pool({ connectionString: url.href, max: 1 })
    pool.on('error', () => undefined)
    const { kysely, transaction } = pipelineOver<DB>(pool, { answerTimeoutMs: 300 })
    const slow = await kysely.executeQuery(raw('select pg_sleep(0.1)'))
    assert.equal(slow.rows.length, 1)
    for (const ask of [
      (text: string) => kysely.executeQuery(raw('select $1::text as held', [text])),
      (text: string) => transaction((tx) => tx.executeQuery(raw('select $1::text as held', [text]))),
    ]) {
      const words = newId()
      void proxy.hold('to-client', words)
      await assert.rejects(ask(words), /has not answered within 300 ms/)
      proxy.letGo()
      assert.deepEqual((await ask(words)).rows, [{ held: words }])
    }
    await kysely.destroy()
    await proxy.stop()
  })

  it('gives rows of many statements to many steps at once', async () => {
    const sums = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        step(async (tx) => {
          const { rows } = await tx.executeQuery<{ n: number }>(raw('select $1::integer as n', [index]))
          const [again] = await Promise.all([
            tx.executeQuery<{ n: number }>(raw('select $1::integer + 1 as n', [rows[0]?.n])),
            tx.executeQuery(raw(`select $1::text as text${' '.repeat(index % 7)}`, ['x'])),
          ])
          return again.rows[0]?.n
        }),
      ),
    )
    assert.deepEqual(
      sums,
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
  })
})
