import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { S3Place } from '../../src/config/blobs-config.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createS3Client } from '../../src/platform/chunk-stores/s3-client.ts'
import type { NeededProgram } from './debian-packages.ts'
import { answersOn, freePorts, LOOPBACK, startForeground, type ForegroundServer } from './foreground.ts'

export const SWIFT_PROGRAMS: readonly NeededProgram[] = [
  { path: '/usr/bin/swift-ring-builder', package: 'swift' },
  { path: '/usr/bin/swift-proxy-server', package: 'swift-proxy' },
  { path: '/usr/bin/swift-account-server', package: 'swift-account' },
  { path: '/usr/bin/swift-container-server', package: 'swift-container' },
  { path: '/usr/bin/swift-object-server', package: 'swift-object' },
]

/**
 * OpenStack Swift with its S3 interface: an S3-compatible store that checks Signature Version 4 and the sums of bodies. Objects are kept in
 * memory, because its own way on disks needs a file system with extended attributes.
 */
export interface SwiftPeer {
  /** With a bucket that is there and empty. */
  readonly place: S3Place
  stop(): Promise<void>
}

const DEVICE = 'd1'
const USER = 'tester'
const SECRET = 'secret-of-the-test'
const SERVERS = ['account', 'container', 'object'] as const

export const startSwift = async (): Promise<SwiftPeer> => {
  const folder = await mkdtemp(join(tmpdir(), 'oco-swift-'))
  const [proxyPort = 0, ...ports] = await freePorts(SERVERS.length + 1)
  await mkdir(join(folder, 'devices', DEVICE), { recursive: true })
  // Its storage policies; the servers beside the proxy read it where Debian puts it.
  await copyFile('/etc/swift/swift.conf', join(folder, 'swift.conf'))
  const running: ForegroundServer[] = []
  const start = async (server: string, configuration: string, port: number): Promise<void> => {
    const file = join(folder, `${server}.conf`)
    await writeFile(file, configuration)
    const command = `/usr/bin/swift-${server}-server`
    const ready = (): Promise<boolean> => answersOn(port)
    running.push(await startForeground({ command, args: [file, '--verbose'], logFile: join(folder, `${server}.log`), ready }))
  }
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()))

    await rm(folder, { recursive: true })
  }
  try {
    await Promise.all(SERVERS.map((server, index) => makeRing(folder, server, ports[index] ?? 0)))
    await Promise.all(
      SERVERS.map((server, index) => start(server, storageServer(folder, server, ports[index] ?? 0), ports[index] ?? 0)),
    )
    await start('proxy', proxyServer(folder, proxyPort), proxyPort)
    const endpoint = `http://${LOOPBACK}:${String(proxyPort)}`
    const place = { endpoint, bucket: 'oco-blobs', region: 'us-east-1', keyId: `oco:${USER}`, secretKey: SECRET }
    await createS3Client(place, { clock: systemClock })({ method: 'PUT', key: '' })
    return { place, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One device that is all of the store: sixteen parts of one copy. */
const makeRing = async (folder: string, server: string, port: number): Promise<void> => {
  const builder = join(folder, `${server}.builder`)
  const act = async (...args: string[]): Promise<void> => {
    await promisify(execFile)('/usr/bin/swift-ring-builder', [builder, ...args])
  }
  await act('create', '4', '1', '1')
  await act('add', `r1z1-${LOOPBACK}:${String(port)}/${DEVICE}`, '1')
  await act('rebalance')
}

const common = (folder: string, port: number): string => `
[DEFAULT]
bind_ip = ${LOOPBACK}
bind_port = ${String(port)}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${join(folder, 'devices')}
mount_check = false
db_preallocation = off
log_address = ${join(folder, 'no-syslog')}
`

const storageServer = (folder: string, server: string, port: number): string => `${common(folder, port)}
[pipeline:main]
pipeline = ${server}-server
[app:${server}-server]
use = egg:swift#${server === 'object' ? 'mem_object' : server}
`

const proxyServer = (folder: string, port: number): string => `${common(folder, port)}
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
# Nobody listens there: the signature check wants a cache to ask, and goes on without an answer.
[filter:cache]
use = egg:swift#memcache
memcache_servers = ${LOOPBACK}:9
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
# So small that every list of some length comes in pages.
max_bucket_listing = 7
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_oco_${USER} = ${SECRET} .admin
[filter:copy]
use = egg:swift#copy
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`
