/** GOST's mechanisms of Cryptoki: one table, each row with where its number stands. */

const OASIS = 'PKCS #11 v2.40, pkcs11t.h (OASIS)'
/** Published by Aktiv as ru.rutoken.pkcs11jna.Pkcs11Tc26Constants, which names the header. Numbers count from `TC26`. */
const TC26_2012 = "TC 26's extension of PKCS #11, pkcs11tc26_12.h"
const TC26_2018 = "TC 26's extension of PKCS #11, pkcs11tc26_18.h"

/** CK_VENDOR_PKCS11_RU_TEAM_TC26: the vendors' range with the prefix of Russian vendors, 0x80000000 | 0x54321000. */
const TC26 = 0xd4321000

export interface GostMechanism {
  readonly name: string
  readonly number: number
  readonly source: string
}

const rows = (source: string, base: number, names: Readonly<Record<string, number>>): GostMechanism[] =>
  Object.entries(names).map(([name, offset]) => ({ name, number: base + offset, source }))

/** Those of 1994 and 2001 are here so that a token's list can be read; nothing new may use them. */
export const GOST_MECHANISMS: readonly GostMechanism[] = [
  ...rows(OASIS, 0, {
    CKM_GOSTR3410_KEY_PAIR_GEN: 0x1200,
    CKM_GOSTR3410: 0x1201,
    CKM_GOSTR3410_WITH_GOSTR3411: 0x1202,
    CKM_GOSTR3410_KEY_WRAP: 0x1203,
    CKM_GOSTR3410_DERIVE: 0x1204,
    CKM_GOSTR3411: 0x1210,
    CKM_GOSTR3411_HMAC: 0x1211,
    CKM_GOST28147_KEY_GEN: 0x1220,
    CKM_GOST28147_ECB: 0x1221,
    CKM_GOST28147: 0x1222,
    CKM_GOST28147_MAC: 0x1223,
    CKM_GOST28147_KEY_WRAP: 0x1224,
  }),
  ...rows(TC26_2012, TC26, {
    CKM_GOSTR3410_512_KEY_PAIR_GEN: 0x005,
    CKM_GOSTR3410_512: 0x006,
    CKM_GOSTR3410_12_DERIVE: 0x007,
    CKM_GOSTR3410_WITH_GOSTR3411_12_256: 0x008,
    CKM_GOSTR3410_WITH_GOSTR3411_12_512: 0x009,
    CKM_GOSTR3410_PUBLIC_KEY_DERIVE: 0x00a,
    CKM_GOSTR3410_512_PUBLIC_KEY_DERIVE: 0x00b,
    CKM_GOSTR3411_12_256: 0x012,
    CKM_GOSTR3411_12_512: 0x013,
    CKM_GOSTR3411_12_256_HMAC: 0x014,
    CKM_GOSTR3411_12_512_HMAC: 0x015,
    CKM_TLS_GOST_PRF_2012_256: 0x016,
    CKM_TLS_GOST_PRF_2012_512: 0x017,
    CKM_TLS_GOST_MASTER_KEY_DERIVE_2012_256: 0x018,
    CKM_KDF_4357: 0x025,
    CKM_KDF_GOSTR3411_2012_256: 0x026,
    CKM_KDF_HMAC3411_2012_256: 0x028,
    CKM_KDF_TREE_GOSTR3411_2012_256: 0x02a,
  }),
  ...rows(TC26_2018, TC26, {
    CKM_KUZNECHIK_KEXP_15_WRAP: 0x02b,
    CKM_MAGMA_KEXP_15_WRAP: 0x02c,
    CKM_KUZNECHIK_MGM: 0x02d,
    CKM_MAGMA_MGM: 0x02e,
    CKM_KUZNECHIK_KEY_GEN: 0x030,
    CKM_KUZNECHIK_ECB: 0x031,
    CKM_KUZNECHIK_CTR_ACPKM: 0x032,
    CKM_KUZNECHIK_MAC: 0x033,
    CKM_MAGMA_KEY_GEN: 0x034,
    CKM_MAGMA_ECB: 0x035,
    CKM_MAGMA_CTR_ACPKM: 0x036,
    CKM_MAGMA_MAC: 0x037,
    CKM_VKO_GOSTR3410_2012_512: 0x038,
    CKM_GOST_KEG: 0x039,
  }),
]

/** Of those a token says it has, the GOST ones, by name. */
export const gostMechanismsAmong = (numbers: readonly number[]): string[] =>
  GOST_MECHANISMS.filter(({ number }) => numbers.includes(number)).map(({ name }) => name)

const numberOf = (wanted: string): number => {
  const row = GOST_MECHANISMS.find(({ name }) => name === wanted)
  if (row === undefined) throw new TypeError(`${wanted} is not in the table`)
  return row.number
}

/** What wrapping by KExp15 needs: the mechanism, and the types of a pair of keys and of one (CKK_…, pkcs11tc26_18.h). */
export const KUZNYECHIK_KEXP15 = {
  mechanism: numberOf('CKM_KUZNECHIK_KEXP_15_WRAP'),
  twinKeyType: TC26 + 0x006,
  keyType: TC26 + 0x004,
} as const
