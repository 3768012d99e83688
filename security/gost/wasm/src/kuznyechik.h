/*
 * Kuznyechik, GOST R 34.12-2015, RFC 7801: 128-bit block, 256-bit key.
 *
 * One round is S, then L, both on the whole block. L is linear, so LS of a block is the sum of LS of its sixteen bytes: sixteen
 * look-ups of 16 bytes each. Four blocks go side by side, because a single one waits for each look-up of its own.
 * Look-ups depend on the data: not constant-time.
 */
#ifndef KUZNYECHIK_H
#define KUZNYECHIK_H

#include "block.h"
#include "pi.h"

#define KUZNYECHIK_ROUNDS 10

typedef struct {
  block round[KUZNYECHIK_ROUNDS];
} kuznyechik_key;

static block kuznyechik_ls[16][256] __attribute__((aligned(64)));
static block kuznyechik_constant[32];

/* RFC 7801, section 4.2: the coefficients of l, from the most significant byte on. */
static const u8 KUZNYECHIK_L[16] = {148, 32, 133, 16, 194, 192, 1, 251, 1, 192, 194, 16, 133, 32, 148, 1};

/* The product in GF(2^8) by x^8 + x^7 + x^6 + x + 1. */
static u8 kuznyechik_product(u8 a, u8 b) {
  u32 sum = 0, shifted = a;
  for (u32 bit = 0; bit < 8; bit++) {
    if (b >> bit & 1) sum ^= shifted;
    shifted <<= 1;
    if (shifted & 0x100) shifted ^= 0x1c3;
  }
  return (u8)sum;
}

static u8 kuznyechik_l_sum(const u8 *bytes) {
  u8 sum = 0;
  for (u32 i = 0; i < 16; i++) sum ^= kuznyechik_product(bytes[i], KUZNYECHIK_L[i]);
  return sum;
}

static void kuznyechik_l(u8 *bytes) {
  for (u32 step = 0; step < 16; step++) {
    u8 sum = kuznyechik_l_sum(bytes);
    for (u32 i = 15; i > 0; i--) bytes[i] = bytes[i - 1];
    bytes[0] = sum;
  }
}

static void kuznyechik_l_inverse(u8 *bytes) {
  for (u32 step = 0; step < 16; step++) {
    u8 first = bytes[0];
    for (u32 i = 0; i < 15; i++) bytes[i] = bytes[i + 1];
    bytes[15] = first;
    bytes[15] = kuznyechik_l_sum(bytes);
  }
}

static void kuznyechik_make_tables(void) {
  for (u32 place = 0; place < 16; place++) {
    block image[8];
    for (u32 bit = 0; bit < 8; bit++) {
      u8 bytes[16] = {0};
      bytes[place] = (u8)(1 << bit);
      kuznyechik_l(bytes);
      image[bit] = load_block(bytes);
    }
    for (u32 value = 0; value < 256; value++) {
      block sum = {0, 0};
      for (u32 bit = 0; bit < 8; bit++)
        if (PI[value] >> bit & 1) sum ^= image[bit];
      kuznyechik_ls[place][value] = sum;
    }
  }
  for (u32 i = 0; i < 32; i++) {
    u8 bytes[16] = {0};
    bytes[15] = (u8)(i + 1);
    kuznyechik_l(bytes);
    kuznyechik_constant[i] = load_block(bytes);
  }
}

/* `shifted` holds 16 times the index in the bits of 0xff0. */
#define LS(place, shifted) (*(const block *)((const u8 *)kuznyechik_ls[place] + ((shifted) & 0xff0)))

INLINE block kuznyechik_ls_of(block x) {
  u64 low = x[0], high = x[1];
  u32 a = (u32)low, b = (u32)(low >> 32), c = (u32)high, d = (u32)(high >> 32);
  block sum = LS(0, a << 4);
  sum ^= LS(1, a >> 4);
  sum ^= LS(2, a >> 12);
  sum ^= LS(3, a >> 20);
  sum ^= LS(4, b << 4);
  sum ^= LS(5, b >> 4);
  sum ^= LS(6, b >> 12);
  sum ^= LS(7, b >> 20);
  sum ^= LS(8, c << 4);
  sum ^= LS(9, c >> 4);
  sum ^= LS(10, c >> 12);
  sum ^= LS(11, c >> 20);
  sum ^= LS(12, d << 4);
  sum ^= LS(13, d >> 4);
  sum ^= LS(14, d >> 12);
  sum ^= LS(15, d >> 20);
  return sum;
}

#undef LS

EXPORTED void kuznyechik_set_key(kuznyechik_key *key, const u8 *bytes) {
  block left = load_block(bytes), right = load_block(bytes + 16);
  key->round[0] = left;
  key->round[1] = right;
  for (u32 i = 0; i < 32; i++) {
    block next = kuznyechik_ls_of(left ^ kuznyechik_constant[i]) ^ right;
    right = left;
    left = next;
    if (i % 8 == 7) {
      key->round[i / 4 + 1] = left;
      key->round[i / 4 + 2] = right;
    }
  }
}

ONCE block kuznyechik_encrypt(const kuznyechik_key *key, block x) {
  for (u32 i = 0; i < KUZNYECHIK_ROUNDS - 1; i++) x = kuznyechik_ls_of(x ^ key->round[i]);
  return x ^ key->round[KUZNYECHIK_ROUNDS - 1];
}

ONCE void kuznyechik_encrypt4(const kuznyechik_key *key, block x[4]) {
  block a = x[0], b = x[1], c = x[2], d = x[3];
  for (u32 i = 0; i < KUZNYECHIK_ROUNDS - 1; i++) {
    block round = key->round[i];
    a = kuznyechik_ls_of(a ^ round);
    b = kuznyechik_ls_of(b ^ round);
    c = kuznyechik_ls_of(c ^ round);
    d = kuznyechik_ls_of(d ^ round);
  }
  block last = key->round[KUZNYECHIK_ROUNDS - 1];
  x[0] = a ^ last;
  x[1] = b ^ last;
  x[2] = c ^ last;
  x[3] = d ^ last;
}

/* Only the vectors of the standard decrypt single blocks: every mode in use runs the cipher forwards. So without tables. */
static block kuznyechik_decrypt(const kuznyechik_key *key, block x) {
  x ^= key->round[KUZNYECHIK_ROUNDS - 1];
  for (u32 i = KUZNYECHIK_ROUNDS - 1; i > 0; i--) {
    u8 bytes[16];
    store_block(bytes, x);
    kuznyechik_l_inverse(bytes);
    for (u32 k = 0; k < 16; k++) bytes[k] = PI_INVERSE[bytes[k]];
    x = load_block(bytes) ^ key->round[i - 1];
  }
  return x;
}

#endif
