import assert from 'node:assert/strict'
import { ApiProblem } from '../api/problem.ts'
import { faultsOfProblem } from './problem-faults.ts'

const refused = (fields: Record<string, string>): ApiProblem => new ApiProblem('invalid_input', 422, { fields })

describe('what a form takes from a refusal', () => {
  it('names fields as the form does, without the part of the request that they came in', () => {
    assert.deepEqual(Object.keys(faultsOfProblem(refused({ 'body.settings.imap.host': 'x', 'query.cursor': 'x' }))), [
      'settings.imap.host',
    ])
  })

  it('takes a word of the catalogue as it is, and English for programs as a plain refusal', () => {
    assert.deepEqual(faultsOfProblem(refused({ 'body.password': 'too_common', 'body.name': 'Too small: expected string' })), {
      password: { key: 'too_common', code: 'invalid_input' },
      name: { key: 'refused', code: 'invalid_input' },
    })
  })

  it('finds the field of a code where the server names none', () => {
    assert.deepEqual(faultsOfProblem(new ApiProblem('login_taken', 409), { login_taken: 'login' }), {
      login: { key: 'login_taken' },
    })
    assert.deepEqual(faultsOfProblem(new ApiProblem('internal', 500), { login_taken: 'login' }), {})
  })

  it('takes nothing from an error that is no answer', () => {
    assert.deepEqual(faultsOfProblem(new TypeError('x')), {})
  })
})
