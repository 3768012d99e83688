import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { CompiledQuery } from 'kysely'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { createLog } from './log.ts'
import { safeReason } from './safe-error.ts'

const ADDRESS = 'ivan.petrov@example.test'

/** The line that the log makes of it. */
const lineOf = (fields: object): string => {
  let line = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      line += chunk.toString('utf8')
      done()
    },
  })
  createLog({ level: 'info', node: 'one', destination }).warn(fields, 'it failed')
  return line
}

const thrownBy = (act: () => void): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  return null
}

describe('an error in the log and on a screen', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
  })
  after(() => db.drop())

  const refusalOf = async (text: string, values: unknown[]): Promise<unknown> =>
    db.database.read.executeQuery(CompiledQuery.raw(text, values)).then(
      () => assert.fail('the database took it'),
      (error: unknown) => error,
    )

  it('holds nothing of the rows and values that the database speaks of', async () => {
    const add = 'insert into skill (id, name) values ($1, $2)'
    await db.database.read.executeQuery(CompiledQuery.raw(add, [newId(), ADDRESS]))
    const repeated = await refusalOf(add, [newId(), ADDRESS])
    const unfit = await refusalOf('select $1::integer', [ADDRESS])
    for (const error of [repeated, unfit, new Error('outer', { cause: repeated }), new AggregateError([unfit], 'both')]) {
      const line = lineOf({ err: error })
      assert.doesNotMatch(line, /ivan|petrov/)
      assert.match(line, /database error (23505 of skill_name|22P02)/)
    }
    assert.match(lineOf({ err: repeated }), /"stack":"\s+at /)
    assert.match(safeReason(repeated), /^database error 23505 of skill_name\w*$/)
    assert.equal(safeReason(unfit), 'database error 22P02')
  })

  it('holds neither recipients and answers of a mail server nor what could not be parsed', () => {
    const refused = Object.assign(new Error(`550 5.1.1 <${ADDRESS}> unknown`), {
      code: 'EENVELOPE',
      response: `550 5.1.1 <${ADDRESS}> unknown`,
      rejected: [ADDRESS],
    })
    assert.doesNotMatch(lineOf({ err: refused }), /ivan|petrov/)
    assert.match(lineOf({ err: refused }), /EENVELOPE.*|550 5\.1\.1/)
    assert.equal(safeReason(refused), 'EENVELOPE')
    const words = thrownBy(() => void JSON.parse('Иван Петров пишет'))
    assert.doesNotMatch(lineOf({ err: words }), /Иван/)
    assert.doesNotMatch(lineOf({ reason: `no mailbox for ${ADDRESS}` }), /ivan|petrov/)
    assert.doesNotMatch(lineOf({ err: `no mailbox for ${ADDRESS}` }), /ivan|petrov/)
    assert.equal(safeReason(new TypeError(`x is not y: ${ADDRESS}`)), 'unexpected error: TypeError')
  })

  it('keeps our own words, and where an error came from', () => {
    const failure = new Failure('conflict', { detail: 'the channel is switched off' })
    assert.equal(safeReason(failure), 'conflict: the channel is switched off')
    const line = JSON.parse(lineOf({ err: failure, part: 'mail' })) as { err: Record<string, string>; part: string }
    assert.deepEqual([line.part, line.err['type'], line.err['code']], ['mail', 'Failure', 'conflict'])
    assert.match(line.err['stack'] ?? '', /safe-error\.test/)
  })

  it('stands beside fields of people that are hidden wherever they are', () => {
    const person = {
      login: 'ipetrov',
      name: 'Пётр',
      from: 'п',
      to: ['п'],
      value: 'п',
      phone: 'п',
      fileName: 'п.pdf',
      parameters: ['п'],
    }
    const line = lineOf({ ...person, message: { ...person, sender: { ...person } } })
    assert.doesNotMatch(line, /ipetrov|[Пп]/)
  })
})
