/*
 * Shares of a secret in GF(2^8) modulo 0x11B from given coefficients: GFNI on 512-bit vectors, Horner's rule,
 * nothing allocated while the clock runs.
 *
 *   gf256 SIZE_BYTES THRESHOLD SHARES (SIZE_BYTES a multiple of 64), then lines on stdin:
 *   answer HEX    secret, then each coefficient, lowest first, all SIZE_BYTES; answers the shares in hexadecimal
 *   run TIMES     answers "CPU_SECONDS WALL_SECONDS"
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { most = 16 };

/* inputs: the secret, then the coefficients. The loops below are compiled for the case that is measured. */
static inline __attribute__((always_inline)) void split_with(uint8_t *inputs[], int threshold, uint8_t *shares[],
                                                             int count, size_t size) {
    for (size_t i = 0; i < size; i += 64) {
        __m512i c[most];
#pragma GCC unroll 16
        for (int k = 0; k < threshold; k++) c[k] = _mm512_loadu_si512(inputs[k] + i);
#pragma GCC unroll 16
        for (int x = 1; x <= count; x++) {
            const __m512i point = _mm512_set1_epi8((char)x);
            __m512i y = c[threshold - 1];
#pragma GCC unroll 16
            for (int k = threshold - 2; k >= 0; k--) y = _mm512_xor_si512(_mm512_gf2p8mul_epi8(y, point), c[k]);
            _mm512_storeu_si512(shares[x - 1] + i, y);
        }
    }
}

static void split(uint8_t *inputs[], int threshold, uint8_t *shares[], int count, size_t size) {
    if (threshold == 5 && count == 10) split_with(inputs, 5, shares, 10, size);
    else split_with(inputs, threshold, shares, count, size);
}

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static void allocate(uint8_t *regions[], int count, size_t size) {
    for (int i = 0; i < count; i++) {
        regions[i] = aligned_alloc(64, size);
        if (regions[i] == NULL) exit(1);
        memset(regions[i], 17 * i + 1, size);
    }
}

static void read_hex(const char *hex, uint8_t *inputs[], int count, size_t size) {
    if (strlen(hex) < 2 * count * size) exit(2);
    for (size_t i = 0; i < count * size; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) exit(2);
        inputs[i / size][i % size] = (uint8_t)byte;
    }
}

int main(int argc, char **argv) {
    static char line[65536];
    uint8_t *inputs[most], *shares[most];
    if (argc != 4) return 2;
    const size_t size = strtoull(argv[1], NULL, 10);
    const int threshold = atoi(argv[2]), count = atoi(argv[3]);
    if (size == 0 || size % 64 || threshold < 2 || threshold > most || count < 1 || count > most) return 2;
    allocate(inputs, threshold, size);
    allocate(shares, count, size);
    long times;
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "answer ", 7) == 0) {
            read_hex(line + 7, inputs, threshold, size);
            split(inputs, threshold, shares, count, size);
            for (int x = 0; x < count; x++)
                for (size_t i = 0; i < size; i++) printf("%02x", shares[x][i]);
            printf("\n");
        } else if (sscanf(line, "run %ld", &times) == 1) {
            double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
            for (long n = 0; n < times; n++) {
                inputs[0][0] ^= shares[0][0];
                split(inputs, threshold, shares, count, size);
            }
            printf("%.9f %.9f\n", seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall);
        } else return 2;
        fflush(stdout);
    }
    return 0;
}
