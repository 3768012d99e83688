import assert from 'node:assert/strict'
import { endpoints, ERRORS, type Endpoint } from '@oco/contract'
import { z } from 'zod'
import { openApiDocument } from './openapi-document.ts'

const operation = z.looseObject({
  operationId: z.string(),
  'x-permission': z.string(),
  'x-audit': z.string().optional(),
  parameters: z.array(
    z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema: z.looseObject({}) }),
  ),
  responses: z.record(z.string(), z.looseObject({})),
})
const document = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    schemas: z.record(z.string(), z.looseObject({})),
    responses: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({})),
  }),
})

const built = openApiDocument(endpoints)
const parsed = document.parse(built)
const operationOf = (endpoint: Endpoint) =>
  parsed.paths[endpoint.path.replace(/:(\w+)/g, '{$1}')]?.[endpoint.method.toLowerCase()] ?? assert.fail(endpoint.path)

describe('the OpenAPI document', () => {
  it('holds each endpoint of the contract once, by its name', () => {
    const ids = Object.values(parsed.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    assert.deepEqual(ids.sort(), Object.keys(endpoints).sort())
  })

  it('names the permission, the audit event and every parameter of the path', () => {
    for (const endpoint of Object.values<Endpoint>(endpoints)) {
      const found = operationOf(endpoint)
      assert.equal(found['x-permission'], endpoint.permission)
      assert.equal(found['x-audit'] ?? null, endpoint.audit)
      const wanted = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      const given = found.parameters.filter((parameter) => parameter.in === 'path')
      assert.deepEqual(given.map(({ name }) => name).sort(), wanted.sort(), endpoint.path)
      assert.ok(given.every(({ required }) => required))
    }
  })

  it('answers each error of an endpoint under its status', () => {
    for (const endpoint of Object.values<Endpoint>(endpoints)) {
      for (const code of [...endpoint.errors, 'unauthenticated', 'internal'] as const) {
        const reference = String(operationOf(endpoint).responses[ERRORS[code].status]?.['$ref'])
        assert.ok(reference.split('/').at(-1)?.split('.').includes(code), `${endpoint.path} does not tell ${code}`)
      }
    }
  })

  it('leads every reference to something that is there', () => {
    const references = [...JSON.stringify(built).matchAll(/"#\/components\/(schemas|responses)\/([^"]+)"/g)]
    assert.ok(references.length > 100)
    for (const [text, kind, name] of references) {
      const there = kind === 'schemas' ? parsed.components.schemas : parsed.components.responses
      assert.ok(name !== undefined && name in there, text)
    }
  })

  it('tells what a caller sends, not what the parser makes of it', () => {
    const limit = operationOf(endpoints.listConversations).parameters.find(({ name }) => name === 'limit')
    assert.equal(limit?.required, false)
  })
})
