/*
 * The modes of GOST R 34.13-2015, R 1323565.1.017-2018 (RFC 8645) and RFC 9058 over one cipher. Included once for each, with
 *   NAME(x)        the name of x for this cipher
 *   SIZE           bytes of a block
 *   WORD           a block in registers, with LOAD and STORE; its first byte is the most significant of its NUMBER
 *   NUMBER         a block to count with, by NUMBER_OF(word) and WORD_OF(number); ONE, RIGHT_ONE and LEFT_ONE add one to the
 *                  whole, to its less and to its more significant half
 *   SUM            a sum of products, with ADD_PRODUCT and REDUCED
 * Every mode takes data in pieces of any size; its state holds what is left of a block.
 */

#define HALF (SIZE / 2)

INLINE void NAME(xor)(u8 *out, const u8 *in, const u8 *gamma, u32 size) {
  for (u32 i = 0; i < size; i++) out[i] = in[i] ^ gamma[i];
}

/* ---- counter mode (GOST R 34.13, 5.2), with or without a new key after each section (ACPKM: RFC 8645, 6.2.2) ---- */

typedef struct {
  NAME(key) key;
  NUMBER counter;
  u8 gamma[SIZE];
  u32 used;         /* bytes of gamma */
  u32 section_size; /* bytes; 0: one key for all */
  u32 section_left;
} NAME(ctr);

INLINE WORD NAME(next_counter)(NAME(ctr) *state) {
  NUMBER counter = state->counter;
  state->counter = ONE(counter);
  return WORD_OF(counter);
}

EXPORTED void NAME(ctr_start)(NAME(ctr) *state, const NAME(key) *key, const u8 *iv, u32 section_size) {
  u8 start[SIZE] = {0};
  copy_bytes(start, iv, HALF);
  state->key = *key;
  state->counter = NUMBER_OF(LOAD(start));
  state->used = SIZE;
  state->section_size = section_size;
  state->section_left = section_size;
}

static void NAME(acpkm)(NAME(key) *key) {
  u8 bytes[32];
  for (u32 i = 0; i < 32; i++) bytes[i] = (u8)(0x80 + i);
  for (u32 at = 0; at < 32; at += SIZE) STORE(bytes + at, NAME(encrypt)(key, LOAD(bytes + at)));
  NAME(set_key)(key, bytes);
  clear_bytes(bytes, sizeof bytes);
}

static void NAME(ctr_within_section)(NAME(ctr) *state, const u8 *in, u8 *out, u32 size) {
  u32 left = SIZE - state->used, taken = size < left ? size : left;
  NAME(xor)(out, in, state->gamma + state->used, taken);
  state->used += taken;
  in += taken;
  out += taken;
  size -= taken;
  for (; size >= 4 * SIZE; in += 4 * SIZE, out += 4 * SIZE, size -= 4 * SIZE) {
    WORD gamma[4];
    for (u32 k = 0; k < 4; k++) gamma[k] = NAME(next_counter)(state);
    NAME(encrypt4)(&state->key, gamma);
    for (u32 k = 0; k < 4; k++) STORE(out + k * SIZE, gamma[k] ^ LOAD(in + k * SIZE));
  }
  while (size > 0) {
    STORE(state->gamma, NAME(encrypt)(&state->key, NAME(next_counter)(state)));
    taken = size < SIZE ? size : SIZE;
    NAME(xor)(out, in, state->gamma, taken);
    state->used = taken;
    in += taken;
    out += taken;
    size -= taken;
  }
}

EXPORTED void NAME(ctr_update)(NAME(ctr) *state, const u8 *in, u8 *out, u32 size) {
  if (state->section_size == 0) {
    NAME(ctr_within_section)(state, in, out, size);
    return;
  }
  while (size > 0) {
    if (state->section_left == 0) {
      NAME(acpkm)(&state->key);
      state->section_left = state->section_size;
    }
    u32 taken = size < state->section_left ? size : state->section_left;
    NAME(ctr_within_section)(state, in, out, taken);
    state->section_left -= taken;
    in += taken;
    out += taken;
    size -= taken;
  }
}

/* ---- OMAC (GOST R 34.13, 5.6), with or without a new key after each section (OMAC-ACPKM-Master: RFC 8645, 6.3.6) ---- */

typedef struct {
  NAME(key) key;
  NAME(ctr) master; /* makes the sections' keys */
  WORD sum;
  WORD last_key;
  u8 pending[SIZE];
  u32 pending_size;
  u32 section_size; /* bytes; 0: one key for all */
  u32 section_left;
} NAME(omac);

INLINE WORD NAME(doubled)(WORD word) {
  u8 bytes[SIZE];
  STORE(bytes, word);
  u8 over = bytes[0] >> 7;
  for (u32 i = 0; i + 1 < SIZE; i++) bytes[i] = (u8)(bytes[i] << 1 | bytes[i + 1] >> 7);
  bytes[SIZE - 1] = (u8)(bytes[SIZE - 1] << 1 ^ (over ? (SIZE == 16 ? 0x87 : 0x1b) : 0));
  return LOAD(bytes);
}

static void NAME(omac_next_section)(NAME(omac) *state) {
  u8 keys[32 + SIZE] = {0};
  NAME(ctr_update)(&state->master, keys, keys, sizeof keys);
  NAME(set_key)(&state->key, keys);
  state->last_key = LOAD(keys + 32);
  state->section_left = state->section_size;
  clear_bytes(keys, sizeof keys);
}

/* `master_section_size` counts where `section_size` is not 0: the bytes of keys after which the master key itself is made anew. */
EXPORTED void NAME(omac_start)(NAME(omac) *state, const NAME(key) *key, u32 section_size, u32 master_section_size) {
  u8 zero[SIZE] = {0}, ones[HALF];
  __builtin_memset(ones, 0xff, sizeof ones);
  state->sum = LOAD(zero);
  state->pending_size = 0;
  state->section_size = section_size;
  if (section_size == 0) {
    state->key = *key;
    state->last_key = NAME(doubled)(NAME(encrypt)(key, LOAD(zero)));
    return;
  }
  NAME(ctr_start)(&state->master, key, ones, master_section_size);
  NAME(omac_next_section)(state);
}

/* A block that is not the last. */
static void NAME(omac_take)(NAME(omac) *state, const u8 *bytes) {
  if (state->section_size > 0 && state->section_left == 0) NAME(omac_next_section)(state);
  state->sum = NAME(encrypt)(&state->key, state->sum ^ LOAD(bytes));
  state->section_left -= SIZE;
}

EXPORTED void NAME(omac_update)(NAME(omac) *state, const u8 *bytes, u32 size) {
  while (size > 0) {
    if (state->pending_size == SIZE) {
      NAME(omac_take)(state, state->pending);
      state->pending_size = 0;
    }
    u32 room = SIZE - state->pending_size, taken = size < room ? size : room;
    copy_bytes(state->pending + state->pending_size, bytes, taken);
    state->pending_size += taken;
    bytes += taken;
    size -= taken;
  }
}

EXPORTED void NAME(omac_finish)(NAME(omac) *state, u8 *out) {
  if (state->section_size > 0 && state->section_left == 0) NAME(omac_next_section)(state);
  WORD last_key = state->last_key;
  if (state->pending_size < SIZE) {
    state->pending[state->pending_size] = 0x80;
    clear_bytes(state->pending + state->pending_size + 1, SIZE - 1 - state->pending_size);
    last_key = NAME(doubled)(last_key);
  }
  STORE(out, NAME(encrypt)(&state->key, state->sum ^ LOAD(state->pending) ^ last_key));
}

/* ---- MGM, R 1323565.1.026-2019, RFC 9058: the nonce's top bit is zero ---- */

typedef struct {
  SUM sum;
  NUMBER y;       /* counter of the gamma: its less significant half grows */
  NUMBER z;       /* counter of the multipliers: its more significant half grows */
  u64 bound_size; /* bytes of additional data */
  u64 text_size;
} NAME(mgm);

INLINE WORD NAME(next_y)(NAME(mgm) *state) {
  NUMBER y = state->y;
  state->y = RIGHT_ONE(y);
  return WORD_OF(y);
}

INLINE WORD NAME(next_z)(NAME(mgm) *state) {
  NUMBER z = state->z;
  state->z = LEFT_ONE(z);
  return WORD_OF(z);
}

EXPORTED void NAME(mgm_start)(NAME(mgm) *state, const NAME(key) *key, const u8 *nonce) {
  u8 start[SIZE];
  clear_bytes((u8 *)state, sizeof *state);
  copy_bytes(start, nonce, SIZE);
  state->y = NUMBER_OF(NAME(encrypt)(key, LOAD(start)));
  start[0] |= 0x80;
  state->z = NUMBER_OF(NAME(encrypt)(key, LOAD(start)));
}

/* All of the additional data at once. */
EXPORTED void NAME(mgm_bind)(NAME(mgm) *state, const NAME(key) *key, const u8 *bytes, u32 size) {
  state->bound_size = size;
  for (; size >= 4 * SIZE; bytes += 4 * SIZE, size -= 4 * SIZE) {
    WORD h[4];
    for (u32 k = 0; k < 4; k++) h[k] = NAME(next_z)(state);
    NAME(encrypt4)(key, h);
    for (u32 k = 0; k < 4; k++) ADD_PRODUCT(&state->sum, h[k], LOAD(bytes + k * SIZE));
  }
  while (size > 0) {
    u8 padded[SIZE] = {0};
    u32 taken = size < SIZE ? size : SIZE;
    copy_bytes(padded, bytes, taken);
    ADD_PRODUCT(&state->sum, NAME(encrypt)(key, NAME(next_z)(state)), LOAD(padded));
    bytes += taken;
    size -= taken;
  }
}

/* Pieces but for the last are whole numbers of blocks. `decrypts` is constant where this is inlined. */
INLINE void NAME(mgm_crypt)(NAME(mgm) *state, const NAME(key) *key, const u8 *in, u8 *out, u32 size, int decrypts) {
  state->text_size += size;
  for (; size >= 2 * SIZE; in += 2 * SIZE, out += 2 * SIZE, size -= 2 * SIZE) {
    WORD x[4] = {NAME(next_y)(state), NAME(next_y)(state), NAME(next_z)(state), NAME(next_z)(state)};
    NAME(encrypt4)(key, x);
    WORD first = LOAD(in), second = LOAD(in + SIZE), first_out = first ^ x[0], second_out = second ^ x[1];
    STORE(out, first_out);
    STORE(out + SIZE, second_out);
    ADD_PRODUCT(&state->sum, x[2], decrypts ? first : first_out);
    ADD_PRODUCT(&state->sum, x[3], decrypts ? second : second_out);
  }
  while (size > 0) {
    u8 sealed[SIZE] = {0}, gamma[SIZE];
    u32 taken = size < SIZE ? size : SIZE;
    STORE(gamma, NAME(encrypt)(key, NAME(next_y)(state)));
    if (decrypts) copy_bytes(sealed, in, taken);
    NAME(xor)(out, in, gamma, taken);
    if (!decrypts) copy_bytes(sealed, out, taken);
    ADD_PRODUCT(&state->sum, NAME(encrypt)(key, NAME(next_z)(state)), LOAD(sealed));
    in += taken;
    out += taken;
    size -= taken;
  }
}

EXPORTED void NAME(mgm_seal)(NAME(mgm) *state, const NAME(key) *key, const u8 *in, u8 *out, u32 size) {
  NAME(mgm_crypt)(state, key, in, out, size, 0);
}

EXPORTED void NAME(mgm_open)(NAME(mgm) *state, const NAME(key) *key, const u8 *in, u8 *out, u32 size) {
  NAME(mgm_crypt)(state, key, in, out, size, 1);
}

EXPORTED void NAME(mgm_tag)(NAME(mgm) *state, const NAME(key) *key, u8 *out) {
  u8 sizes[SIZE];
  if (SIZE == 16) {
    store_be64(sizes, 8 * state->bound_size);
    store_be64(sizes + SIZE - 8, 8 * state->text_size);
  } else {
    store_be32(sizes, (u32)(8 * state->bound_size));
    store_be32(sizes + SIZE - 4, (u32)(8 * state->text_size));
  }
  ADD_PRODUCT(&state->sum, NAME(encrypt)(key, NAME(next_z)(state)), LOAD(sizes));
  STORE(out, NAME(encrypt)(key, REDUCED(&state->sum)));
}

/* A whole message in one call, sealed where it lies. */
EXPORTED void NAME(mgm_seal_whole)(const NAME(key) *key, const u8 *nonce, const u8 *bound, u32 bound_size, u8 *text, u32 size, u8 *tag) {
  NAME(mgm) state;
  NAME(mgm_start)(&state, key, nonce);
  NAME(mgm_bind)(&state, key, bound, bound_size);
  NAME(mgm_crypt)(&state, key, text, text, size, 0);
  NAME(mgm_tag)(&state, key, tag);
}

/* Opens a whole message where it lies, and answers whether its tag is right; where it is not, the text is cleared. */
EXPORTED u32 NAME(mgm_open_whole)(const NAME(key) *key, const u8 *nonce, const u8 *bound, u32 bound_size, u8 *text, u32 size, const u8 *tag) {
  NAME(mgm) state;
  u8 expected[SIZE], difference = 0;
  NAME(mgm_start)(&state, key, nonce);
  NAME(mgm_bind)(&state, key, bound, bound_size);
  NAME(mgm_crypt)(&state, key, text, text, size, 1);
  NAME(mgm_tag)(&state, key, expected);
  for (u32 i = 0; i < SIZE; i++) difference |= expected[i] ^ tag[i];
  if (difference != 0) clear_bytes(text, size);
  return difference == 0;
}

/* ---- single blocks, for the vectors of the standards ---- */

EXPORTED void NAME(encrypt_blocks)(const NAME(key) *key, u8 *at, u32 count) {
  for (; count > 0; at += SIZE, count--) STORE(at, NAME(encrypt)(key, LOAD(at)));
}

EXPORTED void NAME(decrypt_blocks)(const NAME(key) *key, u8 *at, u32 count) {
  for (; count > 0; at += SIZE, count--) STORE(at, NAME(decrypt)(key, LOAD(at)));
}

/* How much of a cell each takes, for whoever keeps them elsewhere. */
EXPORTED u32 NAME(key_size)(void) { return sizeof(NAME(key)); }
EXPORTED u32 NAME(ctr_size)(void) { return sizeof(NAME(ctr)); }
EXPORTED u32 NAME(omac_size)(void) { return sizeof(NAME(omac)); }

_Static_assert(sizeof(NAME(key)) <= CELL_SIZE && sizeof(NAME(ctr)) <= CELL_SIZE, "a cell holds a key or a counter mode");
_Static_assert(sizeof(NAME(omac)) <= CELL_SIZE && sizeof(NAME(mgm)) <= CELL_SIZE, "a cell holds a state of OMAC or MGM");

#undef HALF
