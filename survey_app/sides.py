"""The sides, and the sites of each: the one table that knows which there are.

It is data alone, so that a process can read it without loading anything of a side that it does not
serve. What a side is made of stands in its own package, in ``composition.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from survey_app.errors import N_

_OF_STAFF = ("session", "totp", "lockout")
_OF_POOL = ("SELECT", "INSERT", "UPDATE (records)")
"""The secrets of every site where staff sign in."""


@dataclass(frozen=True)
class Site:
    """One application, served under its name."""

    name: str
    title: str = ""
    """How pages call it, marked for translation; empty where no page does."""
    secrets: tuple[str, ...] = ()
    """The secrets of its side that it works with: it is given no other."""
    rights: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What a public site's account may do in the store, table by table; staff's may do more."""
    for_staff: bool = False
    """Whether it is staff who sign in there; else it is open to everybody."""
    commands: str = ""
    """What its commands do, in one line; empty where it has none."""
    for_scripts: bool = False
    """Whether the respondents' page alone calls it, from its own origin: it has no pages."""


@dataclass(frozen=True)
class Side:
    """One side of the wall: a store, a folder of secrets, and the sites that work on them."""

    name: str
    sites: tuple[Site, ...]
    after_restore: str
    """What an operator must know after restoring it from a backup."""
    backup_lacks: str = ""
    """What an operator must know of a backup that is made while a campaign collects."""
    settings: tuple[str, ...] = ()
    """The settings that no other side may know."""

    @property
    def public_site(self) -> Site | None:
        """The site that is open to everybody, if there is one."""
        return next((site for site in self.sites if not site.for_staff), None)

    @property
    def staff_site(self) -> Site:
        """The site where staff sign in; its account runs the commands, too."""
        return next(site for site in self.sites if site.for_staff)

    def shares(self, secret: str) -> bool:
        """Tell whether the public site works with a secret, so that both accounts must read it."""
        return self.public_site is not None and secret in self.public_site.secrets


SIDES: Mapping[str, Side] = {
    side.name: side
    for side in (
        Side(
            name="identity",
            sites=(
                Site(
                    "issue",
                    secrets=("codes", "issuer"),
                    rights=(
                        ("alembic_version", ("SELECT",)),
                        ("campaign", ("SELECT", "UPDATE (campaign)")),
                        ("invitation", ("SELECT", "UPDATE (claimed_for)")),
                        ("issuer_key", ("SELECT",)),
                        ("pool", _OF_POOL),
                        ("refused_claims", ("SELECT", "UPDATE (number)")),
                    ),
                    for_scripts=True,
                ),
                Site(
                    "manage",
                    title=N_("Survey management"),
                    secrets=("codes", "issuer", "closing", "roster", *_OF_STAFF),
                    for_staff=True,
                    commands="Plan campaigns, make keys, invite (identity side).",
                ),
            ),
            after_restore=(
                "Codes claimed since the backup, and those that it lacked, can be claimed once "
                "more: compare the counts."
            ),
            backup_lacks=(
                "Of surveys that collect it lacks what was claimed last: up to 39 claims in each "
                "stratum. Make another after the close, which has all."
            ),
            settings=("smtp_url", "mail_from", "mail_reply_to"),
        ),
        Side(
            name="answers",
            sites=(
                Site(
                    "respond",
                    title=N_("Answer a survey"),
                    secrets=("receipts",),
                    rights=(
                        ("alembic_version", ("SELECT",)),
                        ("ballot", ("SELECT", "INSERT")),
                        ("campaign", ("SELECT", "UPDATE (campaign)")),
                        ("pool", _OF_POOL),
                        ("script", ("SELECT",)),
                    ),
                ),
                Site(
                    "analyse",
                    title=N_("Survey analysis"),
                    secrets=("receipts", "releases", *_OF_STAFF),
                    for_staff=True,
                    commands="Accept manifests, open the box, estimate rates (answers side).",
                ),
            ),
            after_restore=(
                "Ballots cast since the backup, and those that it lacked, are lost: their receipts "
                "will show it."
            ),
            backup_lacks=(
                "Of surveys that collect it lacks what was cast last: up to 39 ballots in each "
                "stratum. Make another after the close, which has all."
            ),
            settings=("dask",),
        ),
    )
}
SITES: Mapping[str, Site] = {site.name: site for side in SIDES.values() for site in side.sites}
SIDE_OF: Mapping[str, Side] = {site.name: side for side in SIDES.values() for site in side.sites}
