"""Taking seals off ballots on all cores: this module is also the program each process runs.

Processes are started as programs, not by multiprocessing: that would import the server into each of
them again. They end when their input does, so with the process that started them.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from cryptography.hazmat.primitives import serialization

import questionnaires
from survey_app.crypto import sealing
from survey_app.documents.manifest import PublishedManifest, parse

_ROOT = Path(__file__).parents[4]
_AT_ONCE = 1000
_WORTH_PROCESSES = 4000
"""Ballots below which starting processes takes longer than it saves."""

DOES_NOT_STRIP, DOES_NOT_OPEN, DOES_NOT_DECODE = (
    "does not strip",
    "does not open",
    "does not decode",
)

SealedBallot = tuple[bytes, bytes]
"""The hash of the spent credential, which a stripped ballot has lost; and the sealed answers."""
Part = tuple[str, list[SealedBallot]]
"""Ballots of one stratum, or stripped ones of several merged."""


@dataclass(frozen=True)
class OpenedPart:
    """Some of a stratum's ballots: of each what its seal held, or the reason why there is none."""

    stratum: str
    outcomes: list[bytes | str]


class Unsealer:
    """What a process needs to know of a campaign to take a seal off its ballots.

    The key tells which seal: the keeper's leaves the statisticians' own, theirs leaves a sheet.
    """

    def __init__(self, manifest: PublishedManifest, key: sealing.OpeningKey) -> None:
        self._key = key
        self._seals = {s.id: manifest.seals(s) for s in manifest.strata}
        self._width = {s.id: len(manifest.questions(s).codes) for s in manifest.strata}
        self._take_off = self._way(manifest.keeper_key)

    def open(self, stratum: str, ballots: Sequence[SealedBallot]) -> OpenedPart:
        """Take the seal off ballots of one stratum, or of several merged."""
        return OpenedPart(stratum, [self._take_off(stratum, *ballot) for ballot in ballots])

    def _way(self, keeper_key: bytes | None) -> Callable[[str, bytes, bytes], bytes | str]:
        if keeper_key is None:
            return self._open
        is_keepers = sealing.public_bytes(self._key) == keeper_key
        return self._strip if is_keepers else self._open_stripped

    def _strip(self, stratum: str, spent_hash: bytes, sealed: bytes) -> bytes | str:
        try:
            inner = self._seals[stratum].strip(self._key, spent_hash, sealed)
        except sealing.SealingError:
            return DOES_NOT_STRIP
        is_whole = len(inner) == sealing.sealed_length(self._width[stratum])
        return inner if is_whole else DOES_NOT_STRIP

    def _open_stripped(self, group: str, _spent_hash: bytes, inner: bytes) -> bytes | str:
        members = group.split("+")
        for stratum in members:
            with suppress(sealing.SealingError):
                answers = self._seals[stratum].open_inner(self._key, inner)
                return self._checked(stratum, answers)
        return DOES_NOT_OPEN

    def _open(self, stratum: str, spent_hash: bytes, sealed: bytes) -> bytes | str:
        try:
            answers = self._seals[stratum].open(self._key, spent_hash, sealed)
        except sealing.SealingError:
            return DOES_NOT_OPEN
        return self._checked(stratum, answers)

    def _checked(self, stratum: str, answers: bytes) -> bytes | str:
        try:
            questionnaires.check(answers, self._width[stratum])
        except ValueError:
            return DOES_NOT_DECODE
        return answers


def parts_of(box: Mapping[str, list[SealedBallot]]) -> list[Part]:
    """Cut a box into parts that are opened one by one."""
    return [
        (stratum, ballots[at : at + _AT_ONCE])
        for stratum, ballots in box.items()
        for at in range(0, len(ballots), _AT_ONCE)
    ]


def unseal(
    manifest: PublishedManifest, key: sealing.OpeningKey, parts: Sequence[Part]
) -> Iterator[OpenedPart]:
    """Take a seal off the parts of a box, on all cores if they hold many ballots."""
    if sum(len(ballots) for _, ballots in parts) < _WORTH_PROCESSES:
        unsealer = Unsealer(manifest, key)
        yield from (unsealer.open(*part) for part in parts)
        return
    with ExitStack() as stack:
        yield from _on_all_cores(stack, manifest, key, parts)


def _on_all_cores(
    stack: ExitStack,
    manifest: PublishedManifest,
    key: sealing.OpeningKey,
    parts: Sequence[Part],
) -> Iterator[OpenedPart]:
    cores = os.cpu_count() or 1
    idle: SimpleQueue[_Process] = SimpleQueue()
    for _ in range(cores):
        idle.put(_Process(stack, manifest, key))
    pool = stack.enter_context(ThreadPoolExecutor(cores))

    def open_there(part: Part) -> OpenedPart:
        process = idle.get()
        opened_part = process.open(part)
        idle.put(process)
        return opened_part

    yield from pool.map(open_there, parts)


class _Process:
    """One process that opens ballots."""

    def __init__(
        self, stack: ExitStack, manifest: PublishedManifest, key: sealing.OpeningKey
    ) -> None:
        command = [sys.executable, "-m", "survey_app.answers.analyse.box.unsealing"]
        pipe = subprocess.PIPE
        self._run = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=_ROOT)  # noqa: S603
        stack.enter_context(self._run)
        stack.callback(self._run.kill)
        self._send((manifest.canonical(), private_bytes(key)))

    def open(self, part: Part) -> OpenedPart:
        self._send(part)
        stratum, outcomes = pickle.load(_there(self._run.stdout))  # noqa: S301 - our own process
        return OpenedPart(stratum, outcomes)

    def _send(self, message: object) -> None:
        pipe = _there(self._run.stdin)
        pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
        pipe.flush()


def private_bytes(key: sealing.OpeningKey) -> bytes:
    """Write a key down, in the clear, for the memory of a process of our own."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def open_part(part: Part, published: bytes, private: bytes) -> OpenedPart:
    """Take a seal off a part with the manifest and the key as bytes."""
    return _unsealer(published, private).open(*part)


def _unsealer(published: bytes, private: bytes) -> Unsealer:
    key = serialization.load_der_private_key(private, None)
    if not isinstance(key, sealing.OpeningKey):
        raise TypeError
    return Unsealer(parse(PublishedManifest, published), key)


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError
    return pipe


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Open the parts that are sent until the input ends."""
    unsealer = _unsealer(*_next(requests))
    while True:
        try:
            opened_part = unsealer.open(*_next(requests))
        except EOFError:
            return
        pickle.dump((opened_part.stratum, opened_part.outcomes), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _next(requests: IO[bytes]) -> Any:  # noqa: ANN401 - what the parent process sent
    return pickle.load(requests)  # noqa: S301 - it comes from the process that started this one


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
