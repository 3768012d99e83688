/*
 * Words, 128-bit blocks and the few operations on them. A block is a vector of two 64-bit words in the order of memory; without
 * SIMD clang lowers it to two words, so that both builds share one source.
 *
 * clang 14 joins two 64-bit loads that make up a vector into one, and moves it behind a store to the same place. So a block that
 * changes in memory is kept there as a block, never as two words; and the build switches both vectorisers off.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u64 block __attribute__((vector_size(16)));
typedef u64 block_at_any_address __attribute__((vector_size(16), aligned(1), may_alias));
typedef u8 bytes16 __attribute__((vector_size(16)));
typedef u64 u64_at_any_address __attribute__((aligned(1), may_alias));
typedef u32 u32_at_any_address __attribute__((aligned(1), may_alias));

/* What JavaScript calls: everything else is hidden. */
#define EXPORTED __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define ONCE static __attribute__((noinline))

INLINE block load_block(const u8 *from) { return *(const block_at_any_address *)from; }
INLINE void store_block(u8 *to, block value) { *(block_at_any_address *)to = value; }

INLINE u64 load_be64(const u8 *from) { return __builtin_bswap64(*(const u64_at_any_address *)from); }
INLINE void store_be64(u8 *to, u64 value) { *(u64_at_any_address *)to = __builtin_bswap64(value); }
INLINE u64 load_le64(const u8 *from) { return *(const u64_at_any_address *)from; }
INLINE void store_le64(u8 *to, u64 value) { *(u64_at_any_address *)to = value; }
INLINE u32 load_be32(const u8 *from) { return __builtin_bswap32(*(const u32_at_any_address *)from); }
INLINE void store_be32(u8 *to, u32 value) { *(u32_at_any_address *)to = __builtin_bswap32(value); }

/* The 16 bytes in opposite order: from the byte strings of the standards, most significant first, to numbers of this machine. */
INLINE block reversed(block value) {
#ifdef __wasm_simd128__
  bytes16 bytes = (bytes16)value;
  return (block)__builtin_shufflevector(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#else
  return (block){__builtin_bswap64(value[1]), __builtin_bswap64(value[0])};
#endif
}

static void copy_bytes(u8 *to, const u8 *from, u32 size) { __builtin_memcpy(to, from, size); }
static void clear_bytes(u8 *at, u32 size) { __builtin_memset(at, 0, size); }

#endif
