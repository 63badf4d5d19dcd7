"""Time what no server can do without, in one thread: signing and verifying, and nothing else."""

import time
from collections.abc import Callable
from functools import partial
from secrets import randbelow, token_bytes

import gmpy2
from gmpy2 import mpz

from survey_app.crypto import blind_rsa
from survey_app.crypto.blind_rsa import SigningKey

REPEATS = 3


def rates(times: int = 300) -> dict[str, float]:
    """Give operations a second: bare signing, blind signing with its checks, PSS verification."""
    key = SigningKey.from_der(blind_rsa.generate_key())
    message = blind_rsa.prepare(token_bytes(32))
    state = blind_rsa.blind(key.modulus, message)
    signature = blind_rsa.finalize(key.modulus, state, blind_rsa.blind_sign(key, state.blinded))
    base = mpz(randbelow(int(key.n)))
    work = {
        "bare_signing": partial(_sign, key, base),
        "blind_signing": partial(blind_rsa.blind_sign, key, state.blinded),
        "verification": partial(blind_rsa.verify, key.modulus, message, signature),
    }
    return {
        name: max(_rate(operation, times) for _ in range(REPEATS))
        for name, operation in work.items()
    }


def _sign(key: SigningKey, base: mpz) -> mpz:
    """Raise to the private exponent by the Chinese remainder theorem, unmasked and unchecked."""
    s_p = gmpy2.powmod_sec(base % key.p, key.d_p, key.p)
    s_q = gmpy2.powmod_sec(base % key.q, key.d_q, key.q)
    return s_q + key.q * ((s_p - s_q) * key.q_inv % key.p)


def _rate(work: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - start)
