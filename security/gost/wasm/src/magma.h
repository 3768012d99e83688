/*
 * Magma, GOST R 34.12-2015, RFC 8891: 64-bit block, 256-bit key, the substitution id-tc26-gost-28147-param-Z.
 *
 * The eight 4-bit substitutions are joined in four tables of bytes, turned by 11 bits beforehand. A block is kept as a number, its
 * first byte the most significant. Look-ups depend on the data: not constant-time.
 */
#ifndef MAGMA_H
#define MAGMA_H

#include "block.h"

typedef struct {
  u32 part[8];
} magma_key;

/* RFC 8891, section 4.1: pi_0 to pi_7. */
static const u8 MAGMA_PI[8][16] = {
    {12, 4, 6, 2, 10, 5, 11, 9, 14, 8, 13, 7, 0, 3, 15, 1}, {6, 8, 2, 3, 9, 10, 5, 12, 1, 14, 4, 7, 11, 13, 0, 15},
    {11, 3, 5, 8, 2, 15, 10, 13, 14, 1, 7, 4, 12, 9, 6, 0}, {12, 8, 2, 1, 13, 4, 15, 6, 7, 0, 10, 5, 3, 14, 9, 11},
    {7, 15, 5, 10, 8, 1, 6, 13, 0, 9, 3, 14, 11, 4, 2, 12}, {5, 13, 15, 6, 9, 2, 12, 10, 11, 7, 8, 1, 4, 3, 14, 0},
    {8, 14, 2, 5, 6, 9, 1, 12, 15, 4, 11, 0, 13, 10, 3, 7}, {1, 7, 14, 13, 0, 5, 8, 3, 4, 15, 10, 6, 9, 12, 11, 2}};

static u32 magma_table[4][256];

static void magma_make_tables(void) {
  for (u32 pair = 0; pair < 4; pair++)
    for (u32 value = 0; value < 256; value++) {
      u32 word = (u32)(MAGMA_PI[2 * pair][value & 15] | MAGMA_PI[2 * pair + 1][value >> 4] << 4) << 8 * pair;
      magma_table[pair][value] = word << 11 | word >> 21;
    }
}

EXPORTED void magma_set_key(magma_key *key, const u8 *bytes) {
  for (u32 i = 0; i < 8; i++) key->part[i] = load_be32(bytes + 4 * i);
}

INLINE u32 magma_g(u32 x) {
  return magma_table[0][x & 255] ^ magma_table[1][x >> 8 & 255] ^ magma_table[2][x >> 16 & 255] ^ magma_table[3][x >> 24];
}

/* The place of a round's key: three times from the first on, then once backwards. */
INLINE u32 magma_forwards(u32 round) { return round < 24 ? round % 8 : 31 - round; }

ONCE u64 magma_encrypt(const magma_key *key, u64 x) {
  u32 left = (u32)(x >> 32), right = (u32)x;
#pragma clang loop unroll(full)
  for (u32 i = 0; i < 32; i += 2) {
    left ^= magma_g(right + key->part[magma_forwards(i)]);
    right ^= magma_g(left + key->part[magma_forwards(i + 1)]);
  }
  return (u64)right << 32 | left;
}

ONCE void magma_encrypt4(const magma_key *key, u64 x[4]) {
  u32 left[4], right[4];
#pragma clang loop unroll(full)
  for (u32 k = 0; k < 4; k++) left[k] = (u32)(x[k] >> 32), right[k] = (u32)x[k];
#pragma clang loop unroll(full)
  for (u32 i = 0; i < 32; i += 2) {
#pragma clang loop unroll(full)
    for (u32 k = 0; k < 4; k++) left[k] ^= magma_g(right[k] + key->part[magma_forwards(i)]);
#pragma clang loop unroll(full)
    for (u32 k = 0; k < 4; k++) right[k] ^= magma_g(left[k] + key->part[magma_forwards(i + 1)]);
  }
#pragma clang loop unroll(full)
  for (u32 k = 0; k < 4; k++) x[k] = (u64)right[k] << 32 | left[k];
}

static u64 magma_decrypt(const magma_key *key, u64 x) {
  u32 left = (u32)(x >> 32), right = (u32)x;
  for (u32 i = 0; i < 32; i += 2) {
    left ^= magma_g(right + key->part[magma_forwards(31 - i)]);
    right ^= magma_g(left + key->part[magma_forwards(30 - i)]);
  }
  return (u64)right << 32 | left;
}

#endif
