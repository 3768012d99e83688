import assert from 'node:assert/strict'
import { CryptoError } from '@oco/security'
import { Failure } from '../kernel/errors.ts'
import { problemOf } from './http-problem.ts'

describe('what a caller is told of an error', () => {
  it('is the failure with its code, or nothing but that something is broken', () => {
    assert.equal(problemOf(new Failure('not_found'), 'r1').code, 'not_found')
    const broken = problemOf(new Error('password of anna@example.test'), 'r2')
    assert.deepEqual([broken.code, broken.status, broken.requestId], ['internal', 500, 'r2'])
    assert.doesNotMatch(JSON.stringify(broken), /anna/)
  })

  it('says of somebody who was erased that this is so', () => {
    const problem = problemOf(new CryptoError('key_destroyed', 'the key of subject 1 was destroyed'), 'r3')
    assert.deepEqual([problem.code, problem.status], ['conflict', 409])
    assert.match(problem.detail ?? '', /erased/)
    assert.equal(problemOf(new CryptoError('tag_mismatch', 'changed'), 'r4').code, 'internal')
  })
})
