import assert from 'node:assert/strict'
import { endpoints, PERMISSIONS, ROLES, type Permission } from '@oco/contract'
import { ANONYMOUS, can, NEIGHBOUR, permissionsOf, ROLE_PERMISSIONS, TOKEN_PERMISSIONS } from './access.ts'

describe('access', () => {
  it('gives every permission of the contract to somebody, so that no endpoint is closed to all', () => {
    const held = new Set<Permission>([...ROLES.flatMap((role) => [...permissionsOf(role)]), ...NEIGHBOUR.permissions])
    for (const permission of TOKEN_PERMISSIONS) held.add(permission)
    assert.deepEqual(
      PERMISSIONS.filter((permission) => !held.has(permission)),
      [],
    )
  })

  it('opens to nobody in particular only what must be open', () => {
    const open = Object.values(endpoints)
      .filter((endpoint) => can(ANONYMOUS, endpoint.permission))
      .map((endpoint) => endpoint.permission)
    assert.deepEqual([...new Set<string>(open)].sort(), ['public', 'webchat.visit'])
  })

  it('keeps conversations from those who do not serve customers', () => {
    for (const role of ['administrator', 'security_officer'] as const)
      for (const permission of ['conversation.read', 'conversation.reply', 'search', 'desk.work'] as const)
        assert.equal(permissionsOf(role).has(permission), false, `${role} has ${permission}`)
  })

  it('keeps the audit for the security officer, who has nothing else', () => {
    assert.deepEqual(
      ROLES.filter((role) => permissionsOf(role).has('audit.read')),
      ['security_officer'],
    )
    assert.deepEqual(ROLE_PERMISSIONS.security_officer, ['session.own', 'audit.read', 'crypto.read'])
  })

  it('keeps people, channels and tokens for the administrator', () => {
    for (const permission of ['people.manage', 'queues.manage', 'channels.manage', 'settings.manage', 'tokens.manage'] as const)
      assert.deepEqual(
        ROLES.filter((role) => permissionsOf(role).has(permission)),
        ['administrator'],
      )
  })

  it('gives a supervisor all of an agent, and more', () => {
    for (const permission of permissionsOf('agent')) assert.ok(permissionsOf('supervisor').has(permission))
    for (const permission of ['conversation.read_all', 'work_item.assign', 'agent_state.change', 'board.read'] as const) {
      assert.ok(permissionsOf('supervisor').has(permission))
      assert.equal(permissionsOf('agent').has(permission), false)
    }
  })

  it('lets a token bring requests in and do nothing that is a person’s', () => {
    assert.deepEqual([...TOKEN_PERMISSIONS].sort(), ['intake.create', 'public', 'setup', 'webchat.visit'])
  })

  it('shows the figures to neighbours alone', () => {
    assert.equal(can(NEIGHBOUR, 'metrics.read'), true)
    assert.equal(can(ANONYMOUS, 'metrics.read'), false)
  })
})
