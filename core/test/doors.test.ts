import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

const ROOMS = ['core', 'security', 'ui', 'installer']

/** rule -> [file, what it imports]: the import that the rule must find. */
const FORBIDDEN: Record<string, readonly [file: string, imports: string]> = {
  kernel: ['core/src/kernel/ids.ts', 'core/src/platform/db.ts'],
  'kernel-takes-types': ['core/src/kernel/errors.ts', 'core/contract/src/names.ts'],
  contract: ['core/contract/src/agents.ts', 'core/src/kernel/clock.ts'],
  config: ['core/src/config/config.ts', 'core/src/platform/db.ts'],
  platform: ['core/src/platform/http.ts', 'core/src/flow/receive-message.ts'],
  'platform-takes-config-types': ['core/src/platform/log.ts', 'core/src/config/config.ts'],
  drivers: ['core/src/contacts/contact-store.ts', 'pg'],
  slice: ['core/src/agents/agent-service.ts', 'core/src/contacts/index.ts'],
  'slice-door': ['core/src/flow/offer-work.ts', 'core/src/agents/agent-service.ts'],
  pure: ['core/src/routing/choose-agent.ts', 'node:fs'],
  routes: ['core/src/contacts/routes.ts', 'core/src/platform/db.ts'],
  flow: ['core/src/flow/send-reply.ts', 'core/src/channels/email/adapter.ts'],
  views: ['core/src/views/wallboard/wallboard.ts', 'core/src/flow/offer-work.ts'],
  'setup-and-demo': ['core/src/demo/load-demo.ts', 'core/src/flow/offer-work.ts'],
  channels: ['core/src/channels/inbox.ts', 'core/src/contacts/index.ts'],
  'channel-registry': ['core/src/channels/registry.ts', 'core/src/channels/email/normalise.ts'],
  adapter: ['core/src/channels/webchat/adapter.ts', 'core/src/channels/email/normalise.ts'],
  'legacy-adapter': ['core/src/legacy/rest/adapter.ts', 'core/src/contacts/index.ts'],
  telephony: ['core/src/telephony/ari-client.ts', 'core/src/contacts/index.ts'],
  'composition-root': ['core/src/flow/complete-work.ts', 'core/src/app.ts'],
  main: ['core/src/main.ts', 'core/src/contacts/index.ts'],
  security: ['security/index.ts', 'core/src/kernel/clock.ts'],
  'security-door': ['core/src/platform/sockets.ts', 'security/access/can.ts'],
  page: ['ui/src/main.ts', 'core/src/kernel/clock.ts'],
  widget: ['ui/widget/main.ts', 'ui/src/kit/button.ts'],
  'page-takes-types': ['ui/src/api/client.ts', 'core/contract/src/index.ts'],
  'widget-takes-types': ['ui/widget/frames.ts', 'core/contract/src/names.ts'],
  installer: ['installer/doctor.ts', 'core/src/platform/db.ts'],
  cycle: ['core/src/kernel/left.ts', 'core/src/kernel/right.ts'],
  unresolved: ['core/src/kernel/assert.ts', 'core/src/kernel/nowhere.ts'],
  'test-code': ['core/src/kernel/limits.ts', 'core/test/harness.ts'],
  'undeclared-package': ['core/src/platform/blobs.ts', 'undeclared'],
}

/** Imports that the house allows, with `type` where the rule says types only. */
const ALLOWED: readonly (readonly [file: string, imports: string, kind?: 'type'])[] = [
  ['core/src/kernel/errors.ts', 'core/contract/src/names.ts', 'type'],
  ['core/src/platform/db.ts', 'pg'],
  ['core/src/platform/log.ts', 'core/src/config/config.ts', 'type'],
  ['core/src/config/config.ts', 'core/src/kernel/assert.ts'],
  ['core/src/agents/index.ts', 'core/src/agents/agent-service.ts'],
  ['core/src/agents/agent-service.ts', 'core/src/platform/db.ts'],
  ['core/src/agents/capacity.ts', 'core/contract/src/names.ts'],
  ['core/src/agents/capacity.ts', 'security/index.ts', 'type'],
  ['core/src/agents/routes.ts', 'core/src/platform/http.ts'],
  ['core/src/agents/routes.ts', 'core/src/platform/db.ts', 'type'],
  ['core/src/flow/offer-work.ts', 'core/src/agents/index.ts'],
  ['core/src/channels/email/adapter.ts', 'core/src/channels/channel.ts'],
  ['core/src/channels/registry.ts', 'core/src/channels/email/adapter.ts'],
  ['core/src/app.ts', 'core/src/channels/registry.ts'],
  ['core/src/app.ts', 'core/src/agents/index.ts'],
  ['core/src/main.ts', 'core/src/app.ts'],
  ['security/index.ts', 'core/contract/src/names.ts'],
  ['core/src/platform/sockets.ts', 'security/index.ts'],
  ['ui/src/main.ts', 'core/contract/src/names.ts'],
  ['ui/src/api/client.ts', 'core/contract/src/index.ts', 'type'],
  ['ui/widget/main.ts', 'core/contract/src/index.ts', 'type'],
  ['installer/doctor.ts', 'core/src/admin.ts'],
]

const PACKAGE = JSON.stringify({ name: 'fixture', type: 'module', dependencies: { pg: '1.0.0' } })

const importLine = (file: string, imports: string, kind?: 'type'): string => {
  if (!/[.]ts$/.test(imports)) return `import * as it from '${imports}'\nexport const used = it\n`
  const up = '../'.repeat(dirname(file).split('/').length)
  return kind === 'type'
    ? `import type { it } from '${up}${imports}'\nexport type Used = typeof it\n`
    : `import { it } from '${up}${imports}'\nexport const used = it\n`
}

const write = async (top: string, file: string, text: string): Promise<void> => {
  const path = join(top, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, { flag: 'a' })
}

/** A tree of these imports; what is imported exists, so that nothing but the rule in question can fail. */
const lay = async (top: string, imports: readonly (readonly [string, string, 'type'?])[]): Promise<void> => {
  await write(top, 'package.json', PACKAGE)
  await write(top, 'tsconfig.json', '{}')
  for (const name of ['pg', 'undeclared']) {
    await write(top, `node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
    await write(top, `node_modules/${name}/index.js`, 'export const it = 1\n')
  }
  const exporting = new Set(imports.flatMap(([file, target]) => [file, target]).filter((path) => path.endsWith('.ts')))
  exporting.delete('core/src/kernel/nowhere.ts')
  for (const file of exporting) await write(top, file, 'export const it = 1\n')
  for (const [file, target, kind] of imports) await write(top, file, importLine(file, target, kind))
}

const violations = async (top: string, options: ICruiseOptions): Promise<ICruiseResult['summary']['violations']> => {
  const { output } = await cruise(ROOMS, { ...options, baseDir: top, outputType: 'json' })
  const result = (typeof output === 'string' ? JSON.parse(output) : output) as ICruiseResult
  return result.summary.violations
}

describe('the doors between the rooms', () => {
  let top = ''
  let options: ICruiseOptions = {}
  before(async () => {
    options = await extractDepcruiseOptions(resolve('.dependency-cruiser.mjs'))
  })
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'doors-'))
  })
  afterEach(() => rm(top, { recursive: true }))

  it('are all held at error level', () => {
    const rules = options.ruleSet?.forbidden ?? []
    assert.ok(rules.length > 25)
    assert.deepEqual(
      rules.filter((rule) => rule.severity !== 'error'),
      [],
    )
  })

  it('have a forbidden import as the proof of each rule', () => {
    const rules = (options.ruleSet?.forbidden ?? []).map((rule) => String(rule.name))
    assert.deepEqual([...rules].sort(), [...Object.keys(FORBIDDEN), 'orphan'].sort())
  })

  it('stop each forbidden import by the name of its rule', async () => {
    await lay(top, [...Object.values(FORBIDDEN), ['core/src/kernel/right.ts', 'core/src/kernel/left.ts']])
    await write(top, 'core/src/kernel/lonely.ts', 'export const it = 1\n')
    const found = await violations(top, options)
    for (const [rule, [file]] of Object.entries({ ...FORBIDDEN, orphan: ['core/src/kernel/lonely.ts'] as const })) {
      assert.ok(
        found.some((violation) => violation.rule.name === rule && violation.from === file),
        `${rule} did not stop ${file}`,
      )
    }
  })

  it('let through what the house allows', async () => {
    await lay(top, ALLOWED)
    assert.deepEqual(
      (await violations(top, options)).map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
      [],
    )
  })
})
