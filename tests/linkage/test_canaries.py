"""No code and no person anywhere on the server, in no spelling; no signing key after the close."""

import itertools
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from questionnaires import load
from tests.installation import Installation, read_csv, stratum, write_csv

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
    for spelling in (code, code.replace("-", "")):
        yield from (spelling, spelling.lower())


def canaries(installation: Installation) -> dict[bytes, str]:
    """Every byte string that must be nowhere, and what it is."""
    sought_bytes = {
        spelling.encode(encoding): f"the code {code}"
        for code in (row["code"] for row in installation.invitations("canary"))
        for spelling in spellings(code)
        for encoding in ("utf-8", "utf-16-le")
    }
    for row in read_csv(installation.folder / "roster.csv"):
        for value in (row["person"], row["name"]):
            sought_bytes |= {
                value.encode(encoding): value for encoding in ("utf-8", "utf-16-le", "gb18030")
            }
    return sought_bytes


def files_on_the_server(installation: Installation) -> Iterable[Path]:
    """Whatever the server keeps: stores, secrets, temporary files, its log."""
    paths = itertools.chain(installation.instance.rglob("*"), installation.tmp.rglob("*"))
    return [*(path for path in paths if path.is_file()), installation.log]


def traces(installation: Installation) -> list[tuple[str, str]]:
    needles = canaries(installation)
    return [
        (path.name, meaning)
        for path in files_on_the_server(installation)
        for content in [path.read_bytes()]
        for canary, meaning in needles.items()
        if canary in content
    ]


def stored_values(installation: Installation, side: str) -> set[bytes]:
    """All values of a store that are long enough not to be equal by chance."""
    rows = itertools.chain.from_iterable(installation.tables(side).values())
    values = itertools.chain.from_iterable(rows)
    return {value for value in values if isinstance(value, bytes) and len(value) >= 16}


def signing_keys(installation: Installation) -> list[bytes]:
    return [
        encrypted
        for (encrypted,) in installation.rows("identity", "SELECT encrypted FROM issuer_key")
    ]


def answer(installation: Installation) -> None:
    """All answer; a wrong code and a used one are entered, too."""
    codes = [row["code"] for row in installation.invitations("canary")]
    codes_typed = [*codes, codes[0].lower(), "0000-0000-0000-0000"]
    rows = [{"code": code, **dict.fromkeys(ITEMS, "0")} for code in codes_typed]
    source = write_csv(installation.folder / "rows.csv", rows)
    files = ("--input", source, "--output", installation.folder / "receipts.csv")
    code, _, errors = installation.run("respond", "--base", installation.base, *files)
    assert code == 1, errors
    receipts = [row["receipt"] for row in read_csv(installation.folder / "receipts.csv")]
    assert [bool(receipt) for receipt in receipts] == [True] * len(codes) + [False] * 2


def check_the_search_itself(installation: Installation) -> None:
    """A code left lying on the server is found."""
    code = installation.invitations("canary")[0]["code"]
    slip = installation.tmp / "slip"
    slip.write_text(f"POST {code.replace('-', '').lower()}")
    assert traces(installation) == [("slip", f"the code {code}")]
    slip.unlink()


def test_no_code_and_no_person_is_anywhere_on_the_server(installation):
    installation.campaign("canary", STRATA, roster=write_roster(installation.folder))
    installation.start()
    assert len(canaries(installation)) > 300
    check_the_search_itself(installation)

    answer(installation)
    assert not traces(installation)

    keys = signing_keys(installation)
    assert len(keys) == len(STRATA)
    installation.close_and_open("canary")
    installation.stop()
    assert not traces(installation)
    assert not signing_keys(installation)
    contents = [path.read_bytes() for path in files_on_the_server(installation)]
    assert not any(key in content for key in keys for content in contents)

    common = stored_values(installation, "identity") & stored_values(installation, "answers")
    published = (installation.folder / "canary.published.json").read_bytes()
    assert common == {published}
