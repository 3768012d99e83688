import * as contract from '@oco/contract'
import { ERRORS, type Endpoint, type ErrorCode, type Permission } from '@oco/contract'
import { z } from 'zod'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
type JsonObject = Readonly<Record<string, Json | undefined>>

/** What every endpoint may answer, beside its own errors. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'rate_limited',
  'internal',
  'shutting_down',
]
const ERRORS_OF_INPUT: readonly ErrorCode[] = ['invalid_input']
const ERRORS_OF_BODY: readonly ErrorCode[] = ['body_too_large', 'unsupported_media_type', 'csrf_mismatch']

const SCHEMA = '#/components/schemas/'
const RESPONSE = '#/components/responses/'

/** How a caller shows who it is, by what the endpoint asks of it; a person's session is the rule. */
const SECURITY: Partial<Record<Permission, readonly JsonObject[]>> = {
  public: [],
  setup: [],
  'metrics.read': [],
  'intake.create': [{ token: [] }],
  'webchat.visit': [{}, { visit: [] }],
}

const SECURITY_SCHEMES: JsonObject = {
  session: { type: 'apiKey', in: 'cookie', name: 'oco_session', description: 'Set by startSession.' },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'x-csrf-token',
    description: 'Compulsory beside the session where a call changes something: the value of the cookie `oco_csrf`.',
  },
  token: { type: 'http', scheme: 'bearer', description: 'An API token, made by the administrator.' },
  visit: {
    type: 'apiKey',
    in: 'header',
    name: 'authorization',
    description: '`Visit <visitId>.<secret>`, as startWebchat gave them.',
  },
}

/** OpenAPI 3.1 of these endpoints: what a caller sends before parsing, and what it gets. Pure; the order is the contract's. */
export const openApiDocument = (endpoints: Readonly<Record<string, Endpoint>>): JsonObject => {
  const shapes = answerSchemas(endpoints)
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    const methods = (paths[path] ??= {})
    methods[endpoint.method.toLowerCase()] = operation(name, endpoint, shapes)
  }
  const used = JSON.stringify([paths, shapes.components])
  return {
    openapi: '3.1.0',
    info: {
      title: 'OCO',
      version: '1',
      summary: 'The API of the service centre',
      description:
        'Every failure is an RFC 9457 problem with a `code` of the catalogue. `x-permission` names what the caller must hold, ' +
        '`x-audit` the event that a success writes. Live events come over the socket `/api/v1/live`, a web chat over ' +
        '`/api/v1/webchat/{id}/socket`; their frames are the schemas liveFrame, pageFrame, chatFrame and visitorFrame.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(shapes.components).filter(
          ([id]) => id.endsWith('Frame') || id === 'problem' || used.includes(`"${SCHEMA}${id}"`),
        ),
      ),
      responses: failureResponses(endpoints),
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

/** A format says it all where there is one: zod's regular expressions for it would fill the file. */
const CONVERSION: z.core.ToJSONSchemaParams = {
  unrepresentable: 'any',
  override: ({ jsonSchema }) => {
    if (jsonSchema.format !== undefined) delete jsonSchema.pattern
  },
}

interface Shapes {
  readonly components: JsonObject
  /** The answer's schema by the endpoint's name: its own, or a reference to a named one. */
  readonly answer: (name: string) => JsonObject
}

const isNamed = (value: unknown): value is z.ZodType =>
  value instanceof z.ZodObject || value instanceof z.ZodDiscriminatedUnion || value instanceof z.ZodUnion

/**
 * Schemas that the contract exports by name become components, and so do answers that stand within other answers; an endpoint's own
 * answer stays in its place.
 */
const answerSchemas = (endpoints: Readonly<Record<string, Endpoint>>): Shapes => {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(contract)) {
    if (isNamed(schema) && !registry.has(schema)) registry.add(schema, { id })
  }
  const named = new Set(Object.keys(contract))
  const ids = new Map<string, string>()
  for (const [name, { response }] of Object.entries(endpoints)) {
    if (typeof response === 'string') continue
    if (registry.has(response)) named.add(registry.get(response)?.id ?? '')
    else registry.add(response, { id: `${name}.answer` })
    ids.set(name, registry.get(response)?.id ?? '')
  }
  const { schemas } = z.toJSONSchema(registry, { ...CONVERSION, uri: (id) => SCHEMA + id })
  const text = JSON.stringify(schemas)
  const isComponent = (id: string): boolean => named.has(id) || text.includes(`"$ref":"${SCHEMA}${id}"`)
  const plain = new Map(Object.entries(schemas).map(([id, schema]) => [id, withoutMeta(schema as JsonObject)]))
  return {
    components: Object.fromEntries([...plain].filter(([id]) => isComponent(id))),
    answer: (name) => {
      const id = ids.get(name) ?? ''
      return isComponent(id) ? { $ref: SCHEMA + id } : (plain.get(id) ?? {})
    },
  }
}

const withoutMeta = ({ $schema: _schema, $id: _id, id: _name, ...rest }: JsonObject): JsonObject => rest

const sentSchema = (schema: z.ZodType): JsonObject =>
  withoutMeta(z.toJSONSchema(schema, { ...CONVERSION, io: 'input' }) as JsonObject)

const operation = (name: string, endpoint: Endpoint, shapes: Shapes): JsonObject => ({
  operationId: name,
  summary: endpoint.summary,
  tags: [endpoint.path.replace(/^\/api\/v1\//, '').split('/')[0] ?? ''],
  'x-permission': endpoint.permission,
  ...(endpoint.audit === null ? {} : { 'x-audit': endpoint.audit }),
  security: securityOf(endpoint),
  parameters: [...parameters(endpoint.request.params, 'path'), ...parameters(endpoint.request.query, 'query')],
  ...(endpoint.request.body === undefined
    ? {}
    : { requestBody: { required: true, content: requestContent(endpoint.request.body) } }),
  responses: { ...success(name, endpoint, shapes), ...failures(endpoint) },
})

const securityOf = (endpoint: Endpoint): readonly JsonObject[] =>
  SECURITY[endpoint.permission] ?? [endpoint.method === 'GET' ? { session: [] } : { session: [], csrf: [] }]

const parameters = (schema: z.ZodType | undefined, place: 'path' | 'query'): readonly JsonObject[] => {
  if (schema === undefined) return []
  const { properties, required } = sentSchema(schema)
  return Object.entries((properties ?? {}) as JsonObject).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (Array.isArray(required) && required.includes(name)),
    schema: property,
  }))
}

const requestContent = (body: z.ZodType | 'raw'): JsonObject =>
  body === 'raw' ? { 'application/octet-stream': {} } : { 'application/json': { schema: sentSchema(body) } }

const success = (name: string, endpoint: Endpoint, shapes: Shapes): JsonObject => {
  if (endpoint.response === 'none') return { '204': { description: 'Done; no body.' } }
  if (endpoint.response === 'stream')
    return { '200': { description: 'Bytes with their own content type.', content: { '*/*': {} } } }
  return { [endpoint.status ?? 200]: { description: 'Done.', content: { 'application/json': { schema: shapes.answer(name) } } } }
}

/** Codes by their status: what this endpoint may answer beside a success. */
const failureCodes = (endpoint: Endpoint): ReadonlyMap<number, readonly ErrorCode[]> => {
  const { params, query, body } = endpoint.request
  const codes = new Set<ErrorCode>([
    ...COMMON_ERRORS,
    ...((params ?? query ?? body) === undefined ? [] : ERRORS_OF_INPUT),
    ...(body === undefined ? [] : ERRORS_OF_BODY),
    ...endpoint.errors,
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code])
  return byStatus
}

const responseKey = (codes: readonly ErrorCode[]): string => codes.join('.')

const failures = (endpoint: Endpoint): JsonObject =>
  Object.fromEntries([...failureCodes(endpoint)].map(([status, codes]) => [status, { $ref: RESPONSE + responseKey(codes) }]))

/** One answer for each set of codes that share a status somewhere; `x-codes` says whether a repeat of the same call may succeed. */
const failureResponses = (endpoints: Readonly<Record<string, Endpoint>>): JsonObject => {
  const sets = Object.values(endpoints).flatMap((endpoint) => [...failureCodes(endpoint).values()])
  const byKey = new Map(sets.map((codes) => [responseKey(codes), codes]))
  return Object.fromEntries(
    [...byKey].sort().map(([key, codes]) => [
      key,
      {
        description: codes.join(', '),
        'x-codes': Object.fromEntries(codes.map((code) => [code, { retryable: ERRORS[code].retryable }])),
        content: { 'application/problem+json': { schema: { $ref: `${SCHEMA}problem` } } },
      },
    ]),
  )
}
