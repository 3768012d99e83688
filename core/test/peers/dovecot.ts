import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import type { NeededProgram } from './debian-packages.ts'
import { answersOn, freePorts, LOOPBACK, startForeground, type ForegroundServer } from './foreground.ts'
import type { TestCertificate } from './certificate.ts'

export const DOVECOT_PROGRAMS: readonly NeededProgram[] = [
  { path: '/usr/sbin/dovecot', package: 'dovecot-core' },
  { path: '/usr/lib/dovecot/imap', package: 'dovecot-imapd' },
  { path: '/usr/lib/dovecot/lmtp', package: 'dovecot-lmtpd' },
]

export interface DovecotOptions {
  /** Its configuration, state and mail; made and removed by the caller. */
  readonly folder: string
  /** user -> password; the user is the whole address. */
  readonly users: Readonly<Record<string, string>>
  readonly certificate: TestCertificate
}

/** A real Dovecot on loopback. Its ports stay the same over a restart. */
export interface Dovecot {
  readonly host: string
  /** Plain, and STARTTLS. */
  readonly imapPort: number
  readonly imapsPort: number
  readonly lmtpPort: number
  /** Answers SASL for an SMTP server. */
  readonly authPort: number
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

interface Users {
  readonly login: string
  readonly internal: string
  readonly internalGroup: string
  readonly uid: number
  readonly gid: number
}

/** Dovecot keeps mail as a plain user; as root that is Debian's `mail`, otherwise we ourselves, for everything. */
const usersOf = async (): Promise<Users> => {
  if (process.getuid?.() === 0) return { login: 'dovenull', internal: 'dovecot', internalGroup: 'dovecot', uid: 8, gid: 8 }
  const { username, uid, gid } = userInfo()
  const group = (await promisify(execFile)('id', ['-gn'])).stdout.trim()
  return { login: username, internal: username, internalGroup: group, uid, gid }
}

type Ports = Pick<Dovecot, 'imapPort' | 'imapsPort' | 'lmtpPort' | 'authPort'>

const configuration = ({ folder, certificate }: DovecotOptions, ports: Ports, who: Users): string => {
  const listener = (name: string, port: number, ssl = 'no'): string =>
    `  inet_listener ${name} {\n    address = ${LOOPBACK}\n    port = ${port}\n    ssl = ${ssl}\n  }\n`
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap lmtp
listen = ${LOOPBACK}
default_internal_user = ${who.internal}
default_internal_group = ${who.internalGroup}
default_login_user = ${who.login}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <${certificate.certificateFile}
ssl_key = <${certificate.keyFile}
lmtp_save_to_detail_mailbox = no
recipient_delimiter = +
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=${who.uid} gid=${who.gid} home=${folder}/mail/%u
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  process_min_avail = 1
${listener('imap', ports.imapPort)}${listener('imaps', ports.imapsPort, 'yes')}}
service lmtp {
${listener('lmtp', ports.lmtpPort)}}
service auth {
${listener('auth', ports.authPort)}}
service stats {
  chroot =
}
`
}

/** Starts it with an empty inbox for each user. */
export const createDovecot = async (options: DovecotOptions): Promise<Dovecot> => {
  const [imapPort = 0, imapsPort = 0, lmtpPort = 0, authPort = 0] = await freePorts(4)
  const ports = { imapPort, imapsPort, lmtpPort, authPort }
  const { folder } = options
  const mail = join(folder, 'mail')
  await mkdir(mail, { recursive: true })
  await chmod(folder, 0o755)
  await chmod(mail, 0o777)
  const lines = Object.entries(options.users).map(([user, password]) => `${user}:{PLAIN}${password}\n`)
  await writeFile(join(folder, 'users'), lines.join(''), { mode: 0o644 })
  const file = join(folder, 'dovecot.conf')
  await writeFile(file, configuration(options, ports, await usersOf()))

  let server: ForegroundServer | null = null
  return {
    host: LOOPBACK,
    ...ports,
    start: async () => {
      server = await startForeground({
        command: '/usr/sbin/dovecot',
        args: ['-F', '-c', file],
        logFile: join(folder, 'dovecot.out'),
        ownLogs: [join(folder, 'dovecot.log')],
        ready: async () => (await answersOn(imapPort)) && (await answersOn(lmtpPort)),
      })
    },
    stop: async () => server?.stop(),
    kill: async () => server?.kill(),
  }
}
