import gost34102012256Rfc9215 from './gost3410-2012-256-rfc9215.json' with { type: 'json' }
import gost34102012256Tk26iok from './gost3410-2012-256-tk26iok.json' with { type: 'json' }
import gost34102012512Tk26iok from './gost3410-2012-512-tk26iok.json' with { type: 'json' }
import hmacStreebog256Rfc7836 from './hmac-streebog-256-rfc7836.json' with { type: 'json' }
import hmacStreebog512Rfc7836 from './hmac-streebog-512-rfc7836.json' with { type: 'json' }
import kdfTreeStreebog256Rfc7836 from './kdf-tree-streebog-256-rfc7836.json' with { type: 'json' }
import kuznyechikCtrAcpkmR017 from './kuznyechik-ctr-acpkm-r017.json' with { type: 'json' }
import kuznyechikCtrR3413 from './kuznyechik-ctr-r3413.json' with { type: 'json' }
import kuznyechikEcbR3413 from './kuznyechik-ecb-r3413.json' with { type: 'json' }
import kuznyechikEcbRfc7801 from './kuznyechik-ecb-rfc7801.json' with { type: 'json' }
import kuznyechikKexp15R017 from './kuznyechik-kexp15-r017.json' with { type: 'json' }
import kuznyechikKexp15Rfc9189 from './kuznyechik-kexp15-rfc9189.json' with { type: 'json' }
import kuznyechikMgmRfc9058 from './kuznyechik-mgm-rfc9058.json' with { type: 'json' }
import kuznyechikOmacAcpkmR017 from './kuznyechik-omac-acpkm-r017.json' with { type: 'json' }
import kuznyechikOmacR3413 from './kuznyechik-omac-r3413.json' with { type: 'json' }
import magmaCtrAcpkmR017 from './magma-ctr-acpkm-r017.json' with { type: 'json' }
import magmaCtrR3413 from './magma-ctr-r3413.json' with { type: 'json' }
import magmaEcbR3413 from './magma-ecb-r3413.json' with { type: 'json' }
import magmaEcbRfc8891 from './magma-ecb-rfc8891.json' with { type: 'json' }
import magmaKexp15R017 from './magma-kexp15-r017.json' with { type: 'json' }
import magmaKexp15Rfc9189 from './magma-kexp15-rfc9189.json' with { type: 'json' }
import magmaMgmRfc9058 from './magma-mgm-rfc9058.json' with { type: 'json' }
import magmaOmacAcpkmR017 from './magma-omac-acpkm-r017.json' with { type: 'json' }
import magmaOmacR3413 from './magma-omac-r3413.json' with { type: 'json' }
import pbkdf2Streebog512R50111 from './pbkdf2-streebog-512-r50111.json' with { type: 'json' }
import streebog256GostEngine from './streebog-256-gost-engine.json' with { type: 'json' }
import streebog256Rfc6986 from './streebog-256-rfc6986.json' with { type: 'json' }
import streebog512GostEngine from './streebog-512-gost-engine.json' with { type: 'json' }
import streebog512Rfc6986 from './streebog-512-rfc6986.json' with { type: 'json' }
import type { VectorFile } from './vector.ts'

/** All that are in this folder; `vectors.test.ts` holds each to its shape. */
export const VECTOR_FILES = [
  gost34102012256Rfc9215,
  gost34102012256Tk26iok,
  gost34102012512Tk26iok,
  hmacStreebog256Rfc7836,
  hmacStreebog512Rfc7836,
  kdfTreeStreebog256Rfc7836,
  kuznyechikCtrAcpkmR017,
  kuznyechikCtrR3413,
  kuznyechikEcbR3413,
  kuznyechikEcbRfc7801,
  kuznyechikKexp15R017,
  kuznyechikKexp15Rfc9189,
  kuznyechikMgmRfc9058,
  kuznyechikOmacAcpkmR017,
  kuznyechikOmacR3413,
  magmaCtrAcpkmR017,
  magmaCtrR3413,
  magmaEcbR3413,
  magmaEcbRfc8891,
  magmaKexp15R017,
  magmaKexp15Rfc9189,
  magmaMgmRfc9058,
  magmaOmacAcpkmR017,
  magmaOmacR3413,
  pbkdf2Streebog512R50111,
  streebog256GostEngine,
  streebog256Rfc6986,
  streebog512GostEngine,
  streebog512Rfc6986,
] as readonly object[] as readonly VectorFile[]
