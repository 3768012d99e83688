/*
 * The whole module: one translation unit, so that each mode is inlined around its cipher. Memory is JavaScript's: it hands out cells
 * for keys and states, and a buffer in which data is worked on in place.
 */
#define CELL_SIZE 1024

#include "field.h"
#include "kuznyechik.h"
#include "magma.h"
#include "streebog.h"

#define NAME(x) kuznyechik_##x
#define SIZE 16
#define WORD block
#define LOAD load_block
#define STORE store_block
#define NUMBER block
#define NUMBER_OF reversed
#define WORD_OF reversed
#define ONE(number) ((number) + (block){1, 0})
#define RIGHT_ONE ONE
#define LEFT_ONE(number) ((number) + (block){0, 1})
#define SUM sum128
#define ADD_PRODUCT add_product128
#define REDUCED reduced128
#include "modes.h"
#undef NAME
#undef SIZE
#undef WORD
#undef LOAD
#undef STORE
#undef NUMBER
#undef NUMBER_OF
#undef WORD_OF
#undef ONE
#undef RIGHT_ONE
#undef LEFT_ONE
#undef SUM
#undef ADD_PRODUCT
#undef REDUCED

#define NAME(x) magma_##x
#define SIZE 8
#define WORD u64
#define LOAD load_be64
#define STORE store_be64
#define NUMBER u64
#define NUMBER_OF(word) (word)
#define WORD_OF(number) (number)
#define ONE(number) ((number) + 1)
#define RIGHT_ONE(number) (((number) & 0xffffffff00000000) | (u32)((number) + 1))
#define LEFT_ONE(number) ((number) + 0x100000000)
#define SUM sum64
#define ADD_PRODUCT add_product64
#define REDUCED reduced64
#include "modes.h"

EXPORTED u32 streebog_size(void) { return sizeof(streebog); }
EXPORTED u32 hmac_key_size(void) { return sizeof(hmac_key); }

_Static_assert(sizeof(hmac_key) <= CELL_SIZE, "a cell holds a key for HMAC");

EXPORTED void initialise(void) {
  pi_make_inverse();
  kuznyechik_make_tables();
  magma_make_tables();
  streebog_make_tables();
}

EXPORTED void clear(u8 *at, u32 size) { clear_bytes(at, size); }
