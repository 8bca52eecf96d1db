"""ML-KEM-768 from FIPS 203, to read what was sealed: slow, and no secret is safe from who watches the clock."""
import hashlib

from basics import require

Q, N, K, ETA, DU, DV = 3329, 256, 3, 2, 10, 4
CIPHERTEXT = 32 * (DU * K + DV)


def _reversed7(i):
    return int(f"{i:07b}"[::-1], 2)


ZETAS = [pow(17, _reversed7(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _reversed7(i) + 1, Q) for i in range(128)]


def _shake256(data, size):
    return hashlib.shake_256(data).digest(size)


def _g(data):
    hashed = hashlib.sha3_512(data).digest()
    return hashed[:32], hashed[32:]


def _h(data):
    return hashlib.sha3_256(data).digest()


def _to_bits(data):
    return [byte >> at & 1 for byte in data for at in range(8)]


def _encode(width, numbers):
    """ByteEncode, algorithm 5."""
    joined = sum(number << width * at for at, number in enumerate(numbers))
    return joined.to_bytes(32 * width, "little")


def _decode(width, data):
    joined, mask = int.from_bytes(data, "little"), (1 << width) - 1
    return [joined >> width * at & mask for at in range(N)]


def _compress(width, numbers):
    return [((number << width + 1) + Q) // (2 * Q) & (1 << width) - 1 for number in numbers]


def _decompress(width, numbers):
    return [(number * Q + (1 << width - 1)) >> width for number in numbers]


def _sample_ntt(seed):
    """Algorithm 7: a polynomial of the matrix."""
    numbers, data = [], hashlib.shake_128(seed).digest(168 * 6)
    for at in range(0, len(data), 3):
        a, b, c = data[at : at + 3]
        numbers += [number for number in (a + 256 * (b % 16), b // 16 + 16 * c) if number < Q]
    require(len(numbers) >= N, "open/failed")
    return numbers[:N]


def _sample_noise(seed, number):
    """Algorithm 8, on PRF of 4.3."""
    bits = _to_bits(_shake256(seed + bytes([number]), 64 * ETA))
    pairs = [bits[at : at + 2 * ETA] for at in range(0, len(bits), 2 * ETA)]
    return [(sum(pair[:ETA]) - sum(pair[ETA:])) % Q for pair in pairs]


def _ntt(numbers):
    numbers, i, length = list(numbers), 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i += 1
            for j in range(start, start + length):
                t = zeta * numbers[j + length] % Q
                numbers[j + length] = (numbers[j] - t) % Q
                numbers[j] = (numbers[j] + t) % Q
        length //= 2
    return numbers


def _inverse_ntt(numbers):
    numbers, i, length = list(numbers), 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i -= 1
            for j in range(start, start + length):
                t = numbers[j]
                numbers[j] = (t + numbers[j + length]) % Q
                numbers[j + length] = zeta * (numbers[j + length] - t) % Q
        length *= 2
    return [number * 3303 % Q for number in numbers]


def _times(a, b):
    product = []
    for i, gamma in enumerate(GAMMAS):
        a0, a1, b0, b1 = a[2 * i], a[2 * i + 1], b[2 * i], b[2 * i + 1]
        product += [(a0 * b0 + a1 * b1 * gamma) % Q, (a0 * b1 + a1 * b0) % Q]
    return product


def _plus(*parts):
    return [sum(numbers) % Q for numbers in zip(*parts)]


def _product(row, vector):
    return _plus(*(_times(a, b) for a, b in zip(row, vector)))


def _matrix(rho):
    return [[_sample_ntt(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


class Key:
    """A decapsulation key from its seed d ‖ z, algorithm 16."""

    def __init__(self, seed):
        rho, sigma = _g(seed[:32] + bytes([K]))
        self._matrix, self._z = _matrix(rho), seed[32:]
        noise = [_ntt(_sample_noise(sigma, number)) for number in range(2 * K)]
        self._s = noise[:K]
        self._t = [_plus(_product(row, self._s), e) for row, e in zip(self._matrix, noise[K:])]
        self.public = b"".join(_encode(12, numbers) for numbers in self._t) + rho

    def _encrypt(self, message, randomness):
        """Algorithm 14."""
        noise = [_sample_noise(randomness, number) for number in range(2 * K + 1)]
        y = [_ntt(numbers) for numbers in noise[:K]]
        columns = list(zip(*self._matrix))
        u = [_plus(_inverse_ntt(_product(column, y)), e) for column, e in zip(columns, noise[K : 2 * K])]
        v = _plus(_inverse_ntt(_product(self._t, y)), noise[2 * K], _decompress(1, _to_bits(message)))
        return b"".join(_encode(DU, _compress(DU, part)) for part in u) + _encode(DV, _compress(DV, v))

    def decapsulate(self, ciphertext):
        """Algorithm 18. Whatever was not encapsulated for this key gives another secret, and no error."""
        require(len(ciphertext) == CIPHERTEXT, "open/failed")
        parts = [ciphertext[at : at + 32 * DU] for at in range(0, 32 * DU * K, 32 * DU)]
        u = [_ntt(_decompress(DU, _decode(DU, part))) for part in parts]
        v = _decompress(DV, _decode(DV, ciphertext[32 * DU * K :]))
        w = [(a - b) % Q for a, b in zip(v, _inverse_ntt(_product(self._s, u)))]
        message = _encode(1, _compress(1, w))
        secret, randomness = _g(message + _h(self.public))
        if self._encrypt(message, randomness) != ciphertext:
            return _shake256(self._z + ciphertext, 32)
        return secret
