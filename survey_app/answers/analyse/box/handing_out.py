"""The shares of a new opening key go to three persons: as files, or in turn on one screen."""

from collections.abc import Sequence
from pathlib import Path

import click

from survey_app.answers.analyse.box import key_shares
from survey_app.crypto.private_file import private_file
from survey_app.errors import N_, OpeningError

_WORDS_IN_A_LINE = 6


def write_sheets(folder: Path, campaign: str, shares: Sequence[str]) -> list[Path]:
    """Write each share to a file of its own, for its keeper to take away.

    Raises
    ------
    OpeningError
        There are shares of this campaign in the folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = [folder / f"{campaign}.share-{number}.txt" for number, _ in enumerate(shares, 1)]
    if any(path.exists() for path in paths):
        raise OpeningError(N_("There are shares of this campaign in that folder already."))
    for number, (path, share) in enumerate(zip(paths, shares, strict=True), 1):
        with private_file(path) as file:
            file.write(_sheet(campaign, number, share).encode())
    return paths


def show_in_turn(campaign: str, shares: Sequence[str]) -> None:
    """Show each share to its keeper alone, and let it be typed back from paper."""
    for number, share in enumerate(shares, 1):
        click.clear()
        click.pause(f"Share {number} of {len(shares)}: hand the screen to its keeper. Any key.")
        while not _is_typed_back(_sheet(campaign, number, share), share):
            click.echo("That is not what was shown: here it is again.", err=True)
    click.clear()


def ask_for_shares() -> list[str]:
    """Let two keepers type their shares."""
    shares = []
    for number in range(1, key_shares.NEEDED + 1):
        shares.append(str(click.prompt(f"Share in words, {number} of 2", err=True)))
        click.clear()
    return shares


def _is_typed_back(sheet: str, share: str) -> bool:
    click.echo(sheet, err=True)
    click.pause("Write it down by hand, in this order. Any key hides it.")
    click.clear()
    words = str(click.prompt("Type it back from paper", err=True)).lower().split()
    click.clear()
    return words == share.split()


def _sheet(campaign: str, number: int, share: str) -> str:
    words = share.split()
    lines = [
        " ".join(words[at : at + _WORDS_IN_A_LINE]) for at in range(0, len(words), _WORDS_IN_A_LINE)
    ]
    head = (
        f"{key_shares.REMARK} Share {number} of {key_shares.SHARES} of the opening key of"
        f" {campaign}. Any {key_shares.NEEDED} open the box; one alone tells nothing."
    )
    return "\n".join([head, *lines, ""])
