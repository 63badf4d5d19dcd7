"""Respondents, some at a time, in processes of their own."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from questionnaires import encode
from survey_app.language import ENGLISH
from survey_app.respondent import protocol
from survey_app.respondent.http import Wire

CLIENTS = os.cpu_count() or 1
_PATIENCE = 60

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Fields = dict[str, str]


@dataclass(frozen=True)
class Survey:
    """A running survey, as a respondent's device finds it."""

    base: str
    name: str


@dataclass(frozen=True)
class Run:
    """How long a number of visitors took together, and each of them."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Visitors a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Give a percentile of the latencies, in milliseconds."""
        return float(np.percentile(self.latencies, percent)) * 1e3


@contextmanager
def clients() -> Iterator[Executor]:
    """Start the visitors' processes: one a core, for Python computes on one core only."""
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        list(pool.map(_wait, [0.5] * CLIENTS))  # each process has started
        yield pool


def collect(
    pool: Executor,
    visit: Callable[[Argument], Result],
    arguments: Sequence[Argument],
    concurrency: int,
) -> list[Result]:
    """Let visitors do something, so many at a time, and collect what they bring."""
    shares = [arguments[at::CLIENTS] for at in range(CLIENTS)]
    work = partial(_share, visit, concurrency // CLIENTS)
    return [result for share in pool.map(work, shares) for result in share]


def timed(
    pool: Executor,
    visit: Callable[[Argument], object],
    arguments: Sequence[Argument],
    concurrency: int,
) -> Run:
    """Let visitors do something, so many at a time, and time them."""
    start = time.perf_counter()
    latencies = collect(pool, partial(_latency, visit), arguments, concurrency)
    return Run(time.perf_counter() - start, latencies)


def page_weight(survey: Survey) -> tuple[int, int]:
    """Count the requests that a respondent's page takes, and their uncompressed bytes."""
    files = _load(_wire(), _campaign(survey))
    return len(files), sum(map(len, files))


def respond(survey: Survey, code: str) -> bytes:
    """Do all that a respondent does, over connections of one's own: page, credential, ballot."""
    wire, campaign = Wire(_PATIENCE, 1, ENGLISH), _campaign(survey)
    _load(wire, campaign)
    return protocol.answer(wire, [campaign], _row(campaign, code))


def _load(wire: Wire, campaign: protocol.PublishedCampaign) -> list[bytes]:
    """Load the page and a stratum."""
    addresses = ("", f"strata/{campaign.manifest.strata[0].id}.json")
    return [_get(wire, f"{campaign.page}{address}") for address in addresses]


def prepare(survey: Survey, code: str) -> Fields:
    """Do all but the casting, and give the ballot."""
    wire, campaign = _wire(), _campaign(survey)
    _, stratum = protocol.locate(wire, [campaign], code)
    questions = campaign.manifest.questions(stratum)
    answers = encode(questions, dict.fromkeys(questions.codes, 0))
    credential = protocol.obtain_credential(wire, campaign, stratum, code)
    return protocol.seal_ballot(campaign.manifest, stratum, credential, answers).fields


def cast(survey: Survey, ballot: Fields) -> str:
    """Cast a ballot that was prepared."""
    return _wire().post(f"{_campaign(survey).page}ballots", ballot, "receipt")["receipt"]


def respond_to_floor(base: str, answer: Fields) -> str:
    """Fetch the floor's form and post one answer, over a connection of one's own."""
    wire = Wire(_PATIENCE, 1, ENGLISH)
    _get(wire, f"{base}/")
    return wire.post(f"{base}/answers", answer, "receipt")["receipt"]


def post_to_floor(base: str, answer: Fields) -> str:
    """Post one answer to the floor."""
    return _wire().post(f"{base}/answers", answer, "receipt")["receipt"]


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def _share(
    visit: Callable[[Argument], Result], concurrency: int, arguments: Sequence[Argument]
) -> list[Result]:
    with ThreadPoolExecutor(max(1, concurrency)) as visitors:
        return list(visitors.map(visit, arguments))


def _latency(visit: Callable[[Argument], object], argument: Argument) -> float:
    start = time.perf_counter()
    visit(argument)
    return time.perf_counter() - start


@cache
def _wire() -> Wire:
    return Wire(_PATIENCE, 64, ENGLISH)


@cache
def _campaign(survey: Survey) -> protocol.PublishedCampaign:
    return protocol.find_campaigns(_wire(), survey.base, survey.name)[0]


def _row(campaign: protocol.PublishedCampaign, code: str) -> protocol.Row:
    questionnaires = campaign.manifest.questionnaires.values()
    return {
        "code": code,
        **{item: "0" for questionnaire in questionnaires for item in questionnaire.text.codes},
    }


def _get(wire: Wire, address: str) -> bytes:
    body = wire.get(address)
    if body is None:
        raise protocol.NoSurveyError(address=address)
    return body
