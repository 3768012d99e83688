import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { NeededProgram } from './debian-packages.ts'
import { answersOn, freePorts, LOOPBACK, startForeground, type ForegroundServer } from './foreground.ts'
import type { TestCertificate } from './certificate.ts'

/** Postfix needs root: its master gives its parts their own users. */
export const POSTFIX_PROGRAMS: readonly NeededProgram[] = [{ path: '/usr/sbin/postfix', package: 'postfix' }]

export interface PostfixOptions {
  /** Configuration and queue; made and removed by the caller. */
  readonly folder: string
  readonly certificate: TestCertificate
  /** Dovecot's SASL port: submission asks it about passwords. */
  readonly authPort: number
  /** domain -> port of an LMTP server on loopback that takes its mail. Everything else is refused. */
  readonly lmtpPorts: Readonly<Record<string, number>>
  readonly messageBytesMax: number
}

export interface Postfix {
  readonly host: string
  /** Takes mail for the known domains from anybody: the outside world's way in. */
  readonly smtpPort: number
  /** STARTTLS and AUTH required: the product's way out. */
  readonly submissionPort: number
  /** Tries again at once what waits in the queue. */
  flush(): Promise<void>
  stop(): Promise<void>
}

const mainConfiguration = (options: PostfixOptions): string => {
  const { folder, certificate, lmtpPorts } = options
  const domains = Object.keys(lmtpPorts)
  return `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/postfix.log
maillog_file_prefixes = ${folder}
myhostname = relay.example.test
mydestination =
mynetworks =
inet_interfaces = ${LOOPBACK}
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local mail
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = ${domains.join(', ')}
transport_maps = inline:{ ${domains.map((domain) => `{ ${domain} = lmtp:inet:[${LOOPBACK}]:${String(lmtpPorts[domain])} }`).join(', ')} }
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:${LOOPBACK}:${options.authPort}
smtpd_tls_cert_file = ${certificate.certificateFile}
smtpd_tls_key_file = ${certificate.keyFile}
smtpd_tls_security_level = may
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
lmtp_destination_concurrency_limit = 10
message_size_limit = ${options.messageBytesMax}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
queue_minfree = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
in_flow_delay = 0
`
}

const masterConfiguration = (smtpPort: number, submissionPort: number): string => `
${LOOPBACK}:${smtpPort} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=no
${LOOPBACK}:${submissionPort} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_auth_only=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup    unix n - n 60 1 pickup
cleanup   unix n - n -  0 cleanup
qmgr      unix n - n 1  1 qmgr
rewrite   unix - - n -  - trivial-rewrite
bounce    unix - - n -  0 bounce
defer     unix - - n -  0 bounce
trace     unix - - n -  0 bounce
verify    unix - - n -  1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n -  - proxymap
smtp      unix - - n -  - smtp
lmtp      unix - - n -  - lmtp
error     unix - - n -  - error
retry     unix - - n -  - error
discard   unix - - n -  - discard
showq     unix n - n -  - showq
anvil     unix - - n -  1 anvil
scache    unix - - n -  1 scache
tlsmgr    unix - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
`

const userId = async (name: string): Promise<{ uid: number; gid: number }> => {
  const id = async (flag: string): Promise<number> => Number((await promisify(execFile)('id', [flag, name])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

/** A real Postfix on loopback; it answers after two seconds or so. */
export const startPostfix = async (options: PostfixOptions): Promise<Postfix> => {
  const [smtpPort = 0, submissionPort = 0] = await freePorts(2)
  const { folder } = options
  const configuration = join(folder, 'etc')
  await mkdir(configuration, { recursive: true })
  await mkdir(join(folder, 'queue'), { recursive: true })
  await mkdir(join(folder, 'data'), { recursive: true })
  await chmod(folder, 0o755)
  const { uid, gid } = await userId('postfix')
  await chown(join(folder, 'data'), uid, gid)
  await writeFile(join(configuration, 'main.cf'), mainConfiguration(options))
  await writeFile(join(configuration, 'master.cf'), masterConfiguration(smtpPort, submissionPort))

  const server: ForegroundServer = await startForeground({
    command: '/usr/sbin/postfix',
    args: ['-c', configuration, 'start-fg'],
    logFile: join(folder, 'postfix.out'),
    ownLogs: [join(folder, 'postfix.log')],
    pidFile: join(folder, 'queue', 'pid', 'master.pid'),
    ready: async () => (await answersOn(smtpPort)) && (await answersOn(submissionPort)),
  })
  return {
    host: LOOPBACK,
    smtpPort,
    submissionPort,
    flush: async () => {
      await promisify(execFile)('/usr/sbin/postqueue', ['-c', configuration, '-f'])
    },
    stop: () => server.stop(),
  }
}
