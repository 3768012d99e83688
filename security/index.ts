export { ANONYMOUS, NEIGHBOUR, TOKEN_PERMISSIONS, can, permissionsOf, type Actor } from './access/access.ts'
export { auditInsertSql, auditRow, SYSTEM_ORIGIN, type AuditEvent, type JsonValue, type Origin } from './audit/record.ts'
export { AUDIT_REGISTER, type AuditSeverity } from './audit/register.ts'
export { createSecretBox, SECRET_KEY_BYTES, SecretBoxError, type SecretBox } from './secret-box.ts'
