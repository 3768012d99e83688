/** Why the product does not start. Each is the operator's to mend, so it is told in one line without a stack. */
export type StartFaultCode =
  | 'configuration'
  | 'folder_unwritable'
  | 'folder_in_use'
  | 'secret_key'
  | 'key_ring'
  | 'cryptography'
  | 'address_in_use'
  | 'address_unusable'
  | 'database_binaries'
  | 'database_folder'
  | 'database_start'
  | 'database_unreachable'
  | 'database_version'
  | 'database_role'
  | 'migration_changed'
  | 'migration_unknown'
  | 'migration_order'
  | 'migration_failed'
  | 'migration_missing'

/** `message` is one line that names what is wrong and what to do; never a password. */
export class StartFault extends Error {
  readonly code: StartFaultCode

  constructor(code: StartFaultCode, message: string, options?: ErrorOptions) {
    super(message.replaceAll(/\s*\n\s*/g, ' '), options)
    this.name = 'StartFault'
    this.code = code
  }
}
