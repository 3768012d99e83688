/*
 * Sums of products in GF(2^128) by x^128 + x^7 + x^2 + x + 1 and in GF(2^64) by x^64 + x^4 + x^3 + x + 1, as MGM has them (RFC 9058):
 * elements are byte strings, the most significant coefficient first.
 *
 * MGM multiplies by another element each time, so that no table outlives one product: sixteen multiples for each half of a byte are
 * made, then the other factor goes by whole bytes (Horner). Sums are reduced once, at the end.
 */
#ifndef FIELD_H
#define FIELD_H

#include "block.h"

/* A sum before its reduction: `high` times x^128, and `low`. Numbers of this machine, lane 0 the less significant. */
typedef struct {
  block high;
  block low;
} sum128;

INLINE block times_x(block a) {
  block carry = a >> 63;
  return a << 1 ^ (block){carry[1] * 0x87, carry[0]};
}

#ifdef __wasm_simd128__
/* The 32 bytes as one number, shifted by 8 bits towards the more significant. */
INLINE void shift_by_byte(sum128 *sum) {
  bytes16 high = (bytes16)sum->high, low = (bytes16)sum->low, zero = {0};
  sum->high = (block)__builtin_shufflevector(low, high, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  sum->low = (block)__builtin_shufflevector(zero, low, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}
#else
INLINE void shift_by_byte(sum128 *sum) {
  sum->high = (block){sum->high[0] << 8 | sum->low[1] >> 56, sum->high[1] << 8 | sum->high[0] >> 56};
  sum->low = (block){sum->low[0] << 8, sum->low[1] << 8 | sum->low[0] >> 56};
}
#endif

INLINE void multiples128(block table[32], block h) {
  for (u32 half = 0; half < 2; half++, table += 16) {
    block h2 = times_x(h), h4 = times_x(h2), h8 = times_x(h4);
    table[0] = (block){0, 0};
    table[1] = h;
    table[2] = h2;
    table[3] = h2 ^ h;
    table[4] = h4;
    table[5] = h4 ^ h;
    table[6] = h4 ^ h2;
    table[7] = table[6] ^ h;
#pragma clang loop unroll(full)
    for (u32 i = 0; i < 8; i++) table[8 + i] = table[i] ^ h8;
    h = times_x(h8);
  }
}

#define MULTIPLE(table, shifted) (*(const block *)((const u8 *)(table) + ((shifted) & 0xf0)))

/* sum += h times a. */
ONCE void add_product128(sum128 *sum, block h, block a) {
  block table[32];
  sum128 product = {{0, 0}, {0, 0}};
  multiples128(table, reversed(h));
#pragma clang loop unroll(full)
  for (u32 i = 0; i < 16; i++) {
    u32 byte = (u32)(a[i / 8] >> (8 * (i % 8))) & 255;
    if (i > 0) shift_by_byte(&product);
    product.low ^= MULTIPLE(table, byte << 4) ^ MULTIPLE(table + 16, byte);
  }
  sum->high ^= product.high;
  sum->low ^= product.low;
}

#undef MULTIPLE

INLINE block reduced128(const sum128 *sum) {
  u64 h0 = sum->high[0], h1 = sum->high[1];
  u64 over = h1 >> 63 ^ h1 >> 62 ^ h1 >> 57;
  u64 low = sum->low[0] ^ h0 ^ h0 << 1 ^ h0 << 2 ^ h0 << 7;
  u64 high = sum->low[1] ^ h1 ^ h1 << 1 ^ h1 << 2 ^ h1 << 7 ^ h0 >> 63 ^ h0 >> 62 ^ h0 >> 57;
  low ^= over ^ over << 1 ^ over << 2 ^ over << 7;
  return reversed((block){low, high});
}

typedef struct {
  u64 high;
  u64 low;
} sum64;

ONCE void add_product64(sum64 *sum, u64 h, u64 a) {
  u64 table[16], high = 0, low = 0, multiple = h;
  table[0] = 0;
  for (u32 i = 1; i < 16; i *= 2) {
    for (u32 k = 0; k < i; k++) table[i + k] = table[k] ^ multiple;
    multiple = multiple << 1 ^ (multiple >> 63) * 0x1b;
  }
  for (u32 i = 0; i < 16; i++) {
    high = high << 4 | low >> 60;
    low = low << 4 ^ table[a >> (60 - 4 * i) & 15];
  }
  sum->high ^= high;
  sum->low ^= low;
}

INLINE u64 reduced64(const sum64 *sum) {
  u64 h = sum->high, over = h >> 63 ^ h >> 61 ^ h >> 60;
  return sum->low ^ h ^ h << 1 ^ h << 3 ^ h << 4 ^ over ^ over << 1 ^ over << 3 ^ over << 4;
}

#endif
