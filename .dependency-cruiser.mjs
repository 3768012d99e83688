/**
 * Who may import whom. Every rule is an error, and core/test/doors.test.ts shows each one a forbidden import that it must name.
 * Patterns are paths from the top of the project; `$1` is the first group of the rule's own `from`.
 */

const NPM = 'node_modules/'
const TESTS = ['[.]test[.]ts$', '^core/(test|bench|tools)/', '^security/(bench|test|tools)/', '^security/gost/test/', '^ui/e2e/']

const KERNEL = '^core/src/kernel/'
const CONFIG = '^core/src/config/'
const PLATFORM = '^core/src/platform/'
const CONTRACT = '^core/contract/src/'
const NAMES = '^core/contract/src/names[.]ts$'
/** Files of the contract that import nothing, so that their values cost a page nothing. */
const PLAIN = '^core/contract/src/(names|limits)[.]ts$'
const SECURITY_DOOR = '^security/index[.]ts$'
const CHANNEL_PORT = '^core/src/channels/channel[.]ts$'
/** What parses at the edges. */
const ZOD = 'node_modules/zod/'
/** Packages that compute and nothing else: a pure file may lean on them. */
const PURE_PACKAGES = 'node_modules/(@types/)?(sanitize-html|zod)/'
const LEGACY_PORT = '^core/src/legacy/legacy-system[.]ts$'

/** Folders of core/src that are no slice. A new folder is a slice until it is named here. */
const ROOMS = 'kernel|config|platform|flow|views|setup|demo|channels|telephony|legacy'
const SLICE = `^core/src/(?!(?:${ROOMS})/)([^/]+)/`
const SLICE_DOOR = `^core/src/(?!(?:${ROOMS})/)[^/]+/index[.]ts$`
/** Files of a slice that may touch the world: its door, its routes, its SQL, its steps. All others are pure. */
const IMPURE = '(?:index|routes|[^/]*-routes|[^/]*-store|[^/]*-service)[.]ts$'

const BASE = [KERNEL, PLATFORM, CONTRACT, SECURITY_DOOR, ZOD]
const STORY_DOORS = [...BASE, SLICE_DOOR, '^core/src/channels/(index|channel)[.]ts$', '^core/src/(telephony|legacy)/index[.]ts$']

/** `from` may import its own list and Node itself, nothing else. */
const only = (name, comment, from, allowed, { exceptFrom = [] } = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: [...TESTS, ...exceptFrom] },
  to: { dependencyTypesNot: ['core'], pathNot: allowed },
})

const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

const rooms = [
  only('kernel', 'The kernel imports nothing.', KERNEL, [KERNEL, CONTRACT]),
  never(
    'kernel-takes-types',
    'What the kernel knows of the contract is types.',
    { path: KERNEL, pathNot: TESTS },
    { path: CONTRACT, dependencyTypesNot: ['type-only'] },
  ),
  only('contract', 'The contract imports zod alone.', CONTRACT, [CONTRACT, ZOD]),
  only('config', 'config imports the kernel.', CONFIG, [CONFIG, KERNEL, ZOD]),
  only('platform', 'The platform knows no slice and no story.', PLATFORM, [...BASE, CONFIG, NPM]),
  never(
    'platform-takes-config-types',
    'Configuration comes to the platform as values.',
    { path: PLATFORM, pathNot: TESTS },
    { path: CONFIG, dependencyTypesNot: ['type-only'] },
  ),
  never(
    'drivers',
    'pg, koa and ws are imported in the platform alone.',
    { path: '^(core/src|security|ui|installer)/', pathNot: [...TESTS, PLATFORM] },
    { path: 'node_modules/(@types/)?(pg|koa|koa__router|@koa/[^/]+|ws)/' },
  ),
]

const slices = [
  only('slice', 'A slice never imports another slice, nor a story.', SLICE, ['^core/src/$1/', ...BASE, NPM]),
  never(
    'slice-door',
    'A slice opens its index.ts and nothing else.',
    { path: '^core/src/', pathNot: [...TESTS, SLICE] },
    { path: SLICE, pathNot: SLICE_DOOR },
  ),
  never(
    'pure',
    'A pure file imports the kernel, the contract and pure files of its slice; of all else it may know types.',
    { path: SLICE, pathNot: [...TESTS, `/${IMPURE}`] },
    { dependencyTypesNot: ['type-only'], pathNot: [KERNEL, CONTRACT, PURE_PACKAGES, `^core/src/$1/(?!${IMPURE})`] },
  ),
  never(
    'routes',
    'Routes import their slice, the kernel, the contract and platform/http.ts. All else comes in as arguments, known by its type.',
    { path: `${SLICE}(?:routes|[^/]*-routes)[.]ts$`, pathNot: TESTS },
    {
      dependencyTypesNot: ['core', 'type-only'],
      pathNot: ['^core/src/$1/', KERNEL, CONTRACT, '^core/src/platform/http[.]ts$'],
    },
  ),
]

const stories = [
  only('flow', 'Flow fetches through doors and passes plain values on.', '^core/src/flow/', ['^core/src/flow/', ...STORY_DOORS]),
  only('views', 'A view reads what slices and channels open in their index.ts.', '^core/src/views/', [
    '^core/src/views/',
    ...BASE,
    SLICE_DOOR,
    '^core/src/channels/index[.]ts$',
  ]),
  only('setup-and-demo', 'setup and demo import what flow may.', '^core/src/(setup|demo)/', [
    '^core/src/$1/',
    ...STORY_DOORS,
    NPM,
  ]),
]

const channels = [
  only(
    'channels',
    'The mechanisms of channels know the port, never a slice.',
    '^core/src/channels/[^/]+[.]ts$',
    ['^core/src/channels/[^/]+[.]ts$', ...BASE],
    { exceptFrom: ['^core/src/channels/(index|registry)[.]ts$'] },
  ),
  only('channel-registry', 'The registry knows the adapters by their doors.', '^core/src/channels/(index|registry)[.]ts$', [
    '^core/src/channels/[^/]+[.]ts$',
    '^core/src/channels/[^/]+/(index|adapter)[.]ts$',
    ...BASE,
  ]),
  only('adapter', 'An adapter knows its port, never another adapter, never a slice.', '^core/src/channels/([^/]+)/', [
    '^core/src/channels/$1/',
    CHANNEL_PORT,
    KERNEL,
    PLATFORM,
    CONTRACT,
    NPM,
  ]),
  only('legacy-adapter', 'An adapter knows its port, never another adapter, never a slice.', '^core/src/legacy/([^/]+)/', [
    '^core/src/legacy/$1/',
    LEGACY_PORT,
    KERNEL,
    PLATFORM,
    CONTRACT,
    NPM,
  ]),
  only('telephony', 'Telephony is a channel with a room of its own.', '^core/src/telephony/', [
    '^core/src/telephony/',
    CHANNEL_PORT,
    KERNEL,
    PLATFORM,
    CONTRACT,
    NPM,
  ]),
]

const outside = [
  never(
    'composition-root',
    'app.ts knows everything, so nothing but main.ts knows app.ts.',
    { path: '^core/src/', pathNot: [...TESTS, '^core/src/(app|app-[^/]+|main)[.]ts$'] },
    { path: '^core/src/(app|app-[^/]+|main)[.]ts$' },
  ),
  only('main', 'main.ts goes from the environment over config to the app.', '^core/src/main[.]ts$', [
    '^core/src/(app|admin)[.]ts$',
    CONFIG,
    KERNEL,
    PLATFORM,
  ]),
  only('security', 'Security knows the names of the contract, never core, never the page.', '^security/', [
    '^security/',
    NAMES,
    NPM,
  ]),
  never(
    'security-door',
    'Security opens its index.ts and nothing else.',
    { path: '^(core|ui|installer)/', pathNot: TESTS },
    { path: '^security/', pathNot: SECURITY_DOOR },
  ),
  only('page', 'The page knows the contract alone.', '^ui/src/', ['^ui/src/', CONTRACT, NPM, '^(~icons|virtual:)']),
  only('widget', 'The widget knows types of the contract, and no package.', '^ui/widget/', ['^ui/widget/', CONTRACT]),
  never(
    'page-takes-types',
    'zod would cost the page 92 KB: it takes types, and values only from what imports no zod.',
    { path: '^ui/src/', pathNot: TESTS },
    { path: CONTRACT, pathNot: PLAIN, dependencyTypesNot: ['type-only'] },
  ),
  never(
    'widget-takes-types',
    'The widget takes types of the contract, no value.',
    { path: '^ui/widget/', pathNot: TESTS },
    { path: CONTRACT, dependencyTypesNot: ['type-only'] },
  ),
  only('installer', 'The installer enters core by admin.ts.', '^installer/', [
    '^installer/',
    SECURITY_DOOR,
    CONTRACT,
    '^core/src/admin[.]ts$',
    NPM,
  ]),
]

const health = [
  never('cycle', 'No cycles.', {}, { circular: true }),
  never('orphan', 'No file that nothing imports.', { orphan: true, pathNot: [...TESTS, '[.]d[.]ts$'] }, {}),
  never('unresolved', 'Every import leads somewhere.', {}, { couldNotResolve: true, pathNot: '^(~icons|virtual:)' }),
  never(
    'test-code',
    'The product imports no tests, benches or tools.',
    { path: '^(core/(src|contract)|security|ui|installer)/', pathNot: TESTS },
    { path: TESTS },
  ),
  never(
    'undeclared-package',
    'A package is declared by the workspace that imports it, and not as one for development.',
    { path: '^(core/src|core/contract|security|installer)/', pathNot: TESTS },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  ),
]

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...rooms, ...slices, ...stories, ...channels, ...outside, ...health],
  options: {
    doNotFollow: { path: NPM },
    exclude: { path: '(^|/)(dist|fixtures|[.]cache)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['oco-source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.vue', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
    cache: false,
  },
}
