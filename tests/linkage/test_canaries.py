"""No code and no person anywhere on the server, in no spelling; no signing key after the close."""

import itertools
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from questionnaires import load
from tests.laptop import Laptop, read_csv, stratum, write_csv

STRATA = [
    stratum("posted", unit="Persons", population=60, sample=15),
    stratum("carded", unit="Cards", population=60, sample=15),
    stratum("staff", "non-business", population=40, sample=12),
]
ITEMS = sorted({code for name in ("external", "internal") for code in load(name).codes})


def write_roster(folder: Path) -> Path:
    """A roster that no text would hold by chance: numbers in place of names."""
    rng = random.Random(80)
    people = [
        {
            "stratum": "posted",
            "person": f"id-{rng.getrandbits(64):016x}",
            "name": f"被访者{number}号",
        }
        for number in rng.sample(range(10**9, 10**10), 15)
    ]
    return write_csv(folder / "roster.csv", people)


def spellings(code: str) -> Iterator[str]:
    for one in (code, code.replace("-", "")):
        yield from (one, one.lower())


def canaries(laptop: Laptop) -> dict[bytes, str]:
    """Every byte string that must be nowhere, and what it is."""
    found = {
        spelling.encode(encoding): f"the code {code}"
        for code in (row["code"] for row in laptop.invitations("canary"))
        for spelling in spellings(code)
        for encoding in ("utf-8", "utf-16-le")
    }
    for row in read_csv(laptop.folder / "roster.csv"):
        for told in (row["person"], row["name"]):
            found |= {told.encode(encoding): told for encoding in ("utf-8", "utf-16-le", "gb18030")}
    return found


def files_on_the_server(laptop: Laptop) -> Iterable[Path]:
    """Whatever the server keeps: stores, secrets, temporary files, its log."""
    kept = itertools.chain(laptop.instance.rglob("*"), laptop.tmp.rglob("*"))
    return [*(path for path in kept if path.is_file()), laptop.log]


def traces(laptop: Laptop) -> list[tuple[str, str]]:
    sought = canaries(laptop)
    return [
        (path.name, what)
        for path in files_on_the_server(laptop)
        for content in [path.read_bytes()]
        for canary, what in sought.items()
        if canary in content
    ]


def stored_values(laptop: Laptop, side: str) -> set[bytes]:
    """All values of a store that are long enough not to be equal by chance."""
    rows = itertools.chain.from_iterable(laptop.tables(side).values())
    values = itertools.chain.from_iterable(rows)
    return {value for value in values if isinstance(value, bytes) and len(value) >= 16}


def signing_keys(laptop: Laptop) -> list[bytes]:
    return [
        encrypted for (encrypted,) in laptop.rows("identity", "SELECT encrypted FROM issuer_key")
    ]


def answer(laptop: Laptop) -> None:
    """Everybody answers, and somebody types a wrong code and a used one."""
    codes = [row["code"] for row in laptop.invitations("canary")]
    typed = [*codes, codes[0].lower(), "0000-0000-0000-0000"]
    rows = [{"code": code, **dict.fromkeys(ITEMS, "0")} for code in typed]
    source = write_csv(laptop.folder / "rows.csv", rows)
    files = ("--input", source, "--output", laptop.folder / "receipts.csv")
    code, _, errors = laptop.run("respond", "--base", laptop.base, *files)
    assert code == 1, errors
    receipts = [row["receipt"] for row in read_csv(laptop.folder / "receipts.csv")]
    assert [bool(receipt) for receipt in receipts] == [True] * len(codes) + [False] * 2


def check_the_search_itself(laptop: Laptop) -> None:
    """A code left lying on the server is found."""
    code = laptop.invitations("canary")[0]["code"]
    slip = laptop.tmp / "slip"
    slip.write_text(f"POST {code.replace('-', '').lower()}")
    assert traces(laptop) == [("slip", f"the code {code}")]
    slip.unlink()


def test_no_code_and_no_person_is_anywhere_on_the_server(laptop):
    laptop.campaign("canary", STRATA, roster=write_roster(laptop.folder))
    laptop.start()
    assert len(canaries(laptop)) > 300
    check_the_search_itself(laptop)

    answer(laptop)
    assert not traces(laptop)

    keys = signing_keys(laptop)
    assert len(keys) == len(STRATA)
    laptop.close_and_open("canary")
    laptop.stop()
    assert not traces(laptop)
    assert not signing_keys(laptop)
    kept = [path.read_bytes() for path in files_on_the_server(laptop)]
    assert not any(key in content for key in keys for content in kept)

    shared = stored_values(laptop, "identity") & stored_values(laptop, "answers")
    published = (laptop.folder / "canary.published.json").read_bytes()
    assert shared == {published}
