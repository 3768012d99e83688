import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import {
  CAPACITY_MAX,
  CAPACITY_MIN,
  emptyPerson,
  newPerson,
  personChange,
  personFaults,
  personFormOf,
  personMatches,
} from './person-form.ts'

const ID = '018f3c1e-0000-7000-8000-000000000001'
const OTHER = '018f3c1e-0000-7000-8000-000000000002'
const person = (fields: Partial<contract.PersonView> = {}): contract.PersonView => ({
  id: ID,
  login: 'ivanova',
  displayName: 'Анна Иванова',
  role: 'agent',
  locale: 'ru',
  blocked: false,
  queueIds: [ID, OTHER],
  skillIds: [],
  capacityLimit: 100,
  lastSessionAt: null,
  version: 3,
  ...fields,
})

describe('the form of a person', () => {
  it('has the limits of the contract', () => {
    assert.deepEqual([CAPACITY_MIN, CAPACITY_MAX], [contract.CAPACITY_MIN, contract.CAPACITY_MAX])
  })

  it('sends what the contract takes', () => {
    const form = {
      ...emptyPerson('ru'),
      login: 'petrov',
      displayName: 'Пётр Петров',
      password: 'четыре жёлтых трамвая',
      queueIds: [ID],
    }
    assert.deepEqual(personFaults(form, true), {})
    assert.ok(contract.createPerson.request.body.safeParse(newPerson(form)).success)
  })

  it('names the fields that are wrong', () => {
    const form = { ...emptyPerson('ru'), login: '!', password: 'короткий', capacityLimit: 5 }
    assert.deepEqual(Object.keys(personFaults(form, true)), ['login', 'displayName', 'password', 'capacityLimit'])
  })

  it('needs no password and no login of a person who is there already', () => {
    assert.deepEqual(personFaults({ ...personFormOf(person()), login: '' }, false), {})
  })

  it('sends only what was changed, with the version that was read', () => {
    const form = personFormOf(person())
    assert.equal(personChange(person(), form), null)
    assert.deepEqual(personChange(person(), { ...form, displayName: 'Анна Петрова', blocked: true }), {
      displayName: 'Анна Петрова',
      blocked: true,
      version: 3,
    })
  })

  it('takes the order of queues for no change', () => {
    assert.equal(personChange(person(), { ...personFormOf(person()), queueIds: [OTHER, ID] }), null)
  })

  it('takes queues and skills from somebody who no longer gets items', () => {
    assert.deepEqual(personChange(person(), { ...personFormOf(person()), role: 'security_officer' }), {
      role: 'security_officer',
      queueIds: [],
      version: 3,
    })
  })

  it('is found by parts of name and login in any order', () => {
    assert.ok(personMatches(person(), 'ива анна'))
    assert.ok(personMatches(person(), 'IVAN'))
    assert.ok(!personMatches(person(), 'анна петрова'))
    assert.ok(personMatches(person(), ''))
  })
})
