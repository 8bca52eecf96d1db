/*
 * Proof of work on one core: SHA-NI, cached midstate, two nonces interleaved. It searches the lowest nonce with
 * SHA-256(prefix || nonce u64 LE) <= target, for prefixes that end 12 or 44 bytes into a block (FIPS 180-4).
 * Compiled with -DLANES=4 (or 8) it is without SHA-NI what the kernels of the engine do, four (or eight) nonces in the
 * lanes of a vector: what a C compiler makes of the same work.
 *
 *   mine PREFIX_HEX, then lines on stdin:
 *   find TARGET_HEX COUNT   answers "NONCE HASH_HEX", or "none"
 *   run COUNT               tries COUNT nonces, answers "CPU_SECONDS WALL_SECONDS"
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const uint32_t K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The layout of the instructions: words f e b a and h g d c, lowest lane first. */
typedef struct {
    __m128i abef, cdgh;
} state;

static state pack(const uint32_t h[8]) {
    return (state){_mm_set_epi32(h[0], h[1], h[4], h[5]), _mm_set_epi32(h[2], h[3], h[6], h[7])};
}

static void unpack(state s, uint32_t h[8]) {
    uint32_t x[4], y[4];
    _mm_storeu_si128((__m128i *)x, s.abef);
    _mm_storeu_si128((__m128i *)y, s.cdgh);
    const uint32_t words[8] = {x[3], x[2], y[3], y[2], x[1], x[0], y[1], y[0]};
    memcpy(h, words, sizeof words);
}

#define SCHEDULE(m, r)                                                                                        \
    m[(r)&3] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(m[(r)&3], m[((r) + 1) & 3]),           \
                                                  _mm_alignr_epi8(m[((r) + 3) & 3], m[((r) + 2) & 3], 4)),    \
                                    m[((r) + 3) & 3])

#define ROUNDS(s, m, r)                                                                                       \
    do {                                                                                                      \
        __m128i wk = _mm_add_epi32(m[(r)&3], _mm_load_si128((const __m128i *)K + (r)));                       \
        s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, wk);                                                   \
        s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(wk, 0x0e));                          \
    } while (0)

static state add(state a, state b) {
    return (state){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

static state compress(state from, const __m128i words[4]) {
    state s = from;
    __m128i m[4] = {words[0], words[1], words[2], words[3]};
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) {
        if (r >= 4) SCHEDULE(m, r);
        ROUNDS(s, m, r);
    }
    return add(s, from);
}

static inline __attribute__((always_inline)) void compress_two(state from, const __m128i block[4], int vector,
                                                               uint32_t nonce, state out[2]) {
    state s = from, t = from;
    __m128i m[4] = {block[0], block[1], block[2], block[3]};
    __m128i n[4] = {block[0], block[1], block[2], block[3]};
    m[vector] = _mm_insert_epi32(m[vector], __builtin_bswap32(nonce), 3);
    n[vector] = _mm_insert_epi32(n[vector], __builtin_bswap32(nonce + 1), 3);
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) {
        if (r >= 4) {
            SCHEDULE(m, r);
            SCHEDULE(n, r);
        }
        ROUNDS(s, m, r);
        ROUNDS(t, n, r);
    }
    out[0] = add(s, from);
    out[1] = add(t, from);
}

typedef struct {
    state midstate;
    __m128i block[4];
    int vector;
} job;

static int at_most(state s, const uint32_t target[8]) {
    uint32_t h[8];
    unpack(s, h);
    for (int i = 0; i < 8; i++)
        if (h[i] != target[i]) return h[i] < target[i];
    return 1;
}

/* Nonces are below 2^32 here: the other half of the nonce stays zero. */
#ifndef LANES

static inline __attribute__((always_inline)) int64_t search_at(const job *j, int vector, const uint32_t target[8],
                                                               uint64_t count) {
    for (uint64_t nonce = 0; nonce < count; nonce += 2) {
        state out[2];
        compress_two(j->midstate, j->block, vector, (uint32_t)nonce, out);
        for (int k = 0; k < 2; k++) {
            uint32_t first = (uint32_t)_mm_extract_epi32(out[k].abef, 3);
            if (first <= target[0] && nonce + k < count && at_most(out[k], target)) return (int64_t)nonce + k;
        }
    }
    return -1;
}

static int64_t search(const job *j, const uint32_t target[8], uint64_t count) {
    return j->vector == 0 ? search_at(j, 0, target, count) : search_at(j, 2, target, count);
}

#else

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define BIG_0(x) (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define BIG_1(x) (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define SMALL_0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define SMALL_1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)

/* One round; `s` holds a to h from index `-t` on, modulo 8, so that nothing is moved. */
#define AT(s, t, i) s[((i) - (t) + 64) % 8]
#define ROUND(s, t, addend)                                                                                   \
    do {                                                                                                      \
        AT(s, t, 7) += (addend) + BIG_1(AT(s, t, 4)) +                                                        \
                       (AT(s, t, 6) ^ (AT(s, t, 4) & (AT(s, t, 5) ^ AT(s, t, 6))));                           \
        AT(s, t, 3) += AT(s, t, 7);                                                                           \
        AT(s, t, 7) += BIG_0(AT(s, t, 0)) +                                                                   \
                       (((AT(s, t, 0) ^ AT(s, t, 1)) & (AT(s, t, 1) ^ AT(s, t, 2))) ^ AT(s, t, 1));           \
    } while (0)

/* Of schedule word t, what its sources that do not vary add up to; then its constant, with the word if that is one. */
typedef struct {
    uint32_t part[64], constant[64], start[8];
} prepared;

#define VARIES(varying, t) ((varying) >> (t)&1)

static prepared prepare_lanes(const job *j, int word, uint64_t varying) {
    prepared p;
    for (int i = 0; i < 4; i++) _mm_storeu_si128((__m128i *)(p.part + 4 * i), j->block[i]);
    for (int t = 16; t < 64; t++)
        p.part[t] = (VARIES(varying, t - 16) ? 0 : p.part[t - 16]) +
                    (VARIES(varying, t - 15) ? 0 : SMALL_0(p.part[t - 15])) +
                    (VARIES(varying, t - 7) ? 0 : p.part[t - 7]) +
                    (VARIES(varying, t - 2) ? 0 : SMALL_1(p.part[t - 2]));
    for (int t = 0; t < 64; t++) p.constant[t] = K[t] + (VARIES(varying, t) ? 0 : p.part[t]);
    uint32_t midstate[8];
    unpack(j->midstate, midstate);
    p.constant[63] += midstate[0];
    memcpy(p.start, midstate, sizeof p.start);
    for (int t = 0; t <= word; t++) ROUND(p.start, t, p.constant[t]);
    return p;
}

/* The first word of each hash; everything about `word` and `varying` is known where this is compiled. */
static inline __attribute__((always_inline)) lanes first_words(const prepared *p, int word, uint64_t varying,
                                                               lanes nonces) {
    lanes w[64], s[8];
    w[word] = nonces;
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) s[i] = p->start[i] - (lanes){0};
    AT(s, word, 7) += nonces;
    AT(s, word, 3) += nonces;
#pragma GCC unroll 64
    for (int t = word + 1; t < 64; t++) {
        if (!VARIES(varying, t)) {
            ROUND(s, t, p->constant[t]);
            continue;
        }
        w[t] = (lanes){0} + p->part[t];
        if (VARIES(varying, t - 16)) w[t] += w[t - 16];
        if (VARIES(varying, t - 15)) w[t] += SMALL_0(w[t - 15]);
        if (VARIES(varying, t - 7)) w[t] += w[t - 7];
        if (VARIES(varying, t - 2)) w[t] += SMALL_1(w[t - 2]);
        ROUND(s, t, w[t] + p->constant[t]);
    }
    return AT(s, 63, 7);
}

static inline __attribute__((always_inline)) int64_t search_at(const job *j, int word, uint64_t varying,
                                                               const uint32_t target[8], uint64_t count) {
    const prepared p = prepare_lanes(j, word, varying);
    for (uint64_t nonce = 0; nonce < count; nonce += LANES) {
        lanes nonces;
        for (int k = 0; k < LANES; k++) nonces[k] = __builtin_bswap32((uint32_t)nonce + k);
        const lanes passes = (lanes)(first_words(&p, word, varying, nonces) <= target[0]);
        uint32_t any = 0;
        for (int k = 0; k < LANES; k++) any |= passes[k];
        if (!any) continue;
        for (int k = 0; k < LANES; k++) {
            state out[2];
            if (!passes[k] || nonce + k >= count) continue;
            compress_two(j->midstate, j->block, j->vector, (uint32_t)nonce + k, out);
            if (at_most(out[0], target)) return (int64_t)nonce + k;
        }
    }
    return -1;
}

/* Which schedule words depend on that of the nonce: 6.2.2 step 1. */
static int64_t search(const job *j, const uint32_t target[8], uint64_t count) {
    return j->vector == 0 ? search_at(j, 3, 0xfffffffffffc0008, target, count)
                          : search_at(j, 11, 0xffffffffff540800, target, count);
}

#endif

static void load_words(const uint8_t *bytes, uint32_t *words, int count) {
    for (int i = 0; i < count; i++)
        words[i] = (uint32_t)bytes[4 * i] << 24 | bytes[4 * i + 1] << 16 | bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
}

static void load_block(const uint8_t *bytes, __m128i block[4]) {
    uint32_t words[16];
    load_words(bytes, words, 16);
    for (int i = 0; i < 4; i++) block[i] = _mm_loadu_si128((const __m128i *)(words + 4 * i));
}

static job prepare(const uint8_t *prefix, size_t length) {
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    job j = {.midstate = pack(initial)};
    size_t offset = 0;
    for (; offset + 64 <= length; offset += 64) {
        load_block(prefix + offset, j.block);
        j.midstate = compress(j.midstate, j.block);
    }
    size_t rest = length - offset;
    if (rest != 12 && rest != 44) exit(2);
    uint8_t last[64] = {0};
    memcpy(last, prefix + offset, rest);
    last[rest + 8] = 0x80;
    uint64_t bits = __builtin_bswap64((length + 8) * 8);
    memcpy(last + 56, &bits, 8);
    load_block(last, j.block);
    j.vector = rest == 12 ? 0 : 2;
    return j;
}

static size_t from_hex(const char *hex, uint8_t *out, size_t room) {
    size_t length = strlen(hex) / 2;
    if (length > room) exit(2);
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) exit(2);
        out[i] = (uint8_t)byte;
    }
    return length;
}

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static void print_hit(const job *j, int64_t nonce) {
    state out[2];
    uint32_t h[8];
    compress_two(j->midstate, j->block, j->vector, (uint32_t)nonce, out);
    unpack(out[0], h);
    printf("%lld ", (long long)nonce);
    for (int i = 0; i < 8; i++) printf("%08x", h[i]);
    printf("\n");
}

int main(int argc, char **argv) {
    static uint8_t prefix[4096], target_bytes[32];
    static char line[256], target_hex[65];
    if (argc != 2) return 2;
    const job j = prepare(prefix, from_hex(argv[1], prefix, sizeof prefix));
    unsigned long long count;
    while (fgets(line, sizeof line, stdin)) {
        uint32_t target[8] = {0};
        if (sscanf(line, "find %64s %llu", target_hex, &count) == 2) {
            from_hex(target_hex, target_bytes, 32);
            load_words(target_bytes, target, 8);
            int64_t nonce = search(&j, target, count);
            if (nonce < 0) printf("none\n");
            else print_hit(&j, nonce);
        } else if (sscanf(line, "run %llu", &count) == 1) {
            double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
            if (search(&j, target, count) >= 0) return 3;
            printf("%.9f %.9f\n", seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall);
        } else return 2;
        fflush(stdout);
    }
    return 0;
}
