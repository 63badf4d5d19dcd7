"""Settings: the only reader of the environment, and of the secrets it keeps under ``instance/``."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, create_model, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from survey_app import secret_files
from survey_app.sides import SIDE_OF, SIDES, SITES, Site

VERSION = "0.1.0"
API = "/api"
"""Where a site answers programs, which bring a token, in JSON."""
_HERE = {"localhost", "127.0.0.1", "::1"}
_ROLES = ("", "_owner", "_public")
"""The accounts of a store: the staff site's, the tables' owner, the public site's."""
_OF_FIRST_RELEASE = ("*.key", "*.p12", "*.opening", "*.lock")
"""What release 0.1.0 kept in a side's one folder."""


@dataclass(frozen=True)
class SiteSettings:
    """What one site may know: its own side's store and secrets, and nothing of the other side."""

    name: str
    side: str
    database_url: str
    owner_url: str
    staff_url: str
    public_url: str
    """The store by the staff site's account and by the public site's, as far as they are named."""
    shared_folder: Path
    """What both sites of the side read, each under its own account."""
    respond_url: str
    issue_url: str
    timezone: ZoneInfo
    totp: bool
    two_managers: bool
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    mail_reply_to: str = ""
    dask: str = ""

    @property
    def site(self) -> Site:
        """What the table of sides says of this site."""
        return SITES[self.name]

    @property
    def folder(self) -> Path:
        """What this site alone reads and writes, if it is for staff; a public site only reads."""
        return self.shared_folder / self.name if self.site.for_staff else self.shared_folder

    def file(self, name: str) -> Path:
        """Name a file of this site's folder, which is made.

        What release 0.1.0 left in the side's folder is moved first.
        """
        secret_files.make_folder(self.folder)
        path = self.folder / name
        secret_files.move(self.shared_folder / name, path)
        return path

    def secret(self, purpose: str) -> bytes:
        """Read 32 secret bytes that this site works with, made at first use and kept.

        Raises
        ------
        LookupError
            The table of sides names no such secret for this site.
        """
        if purpose not in self.site.secrets:
            raise LookupError(f"{self.name} has no secret named {purpose}")
        return secret_files.make_once(self.secret_file(purpose), for_group=self._shares(purpose))

    def has_its_secrets(self) -> bool:
        """Tell whether the secrets that this site works with can be read."""
        try:
            for purpose in self.site.secrets:
                secret_files.read(self.secret_file(purpose))
        except (OSError, ValueError):
            return False
        return True

    def secret_file(self, purpose: str) -> Path:
        """Name the file of a secret: in the side's folder if both of its sites work with it."""
        name = f"{purpose}.key"
        return self.shared_folder / name if self._shares(purpose) else self.file(name)

    def settle(self) -> None:
        """Make every secret of this site, and put its files where no other account reads them."""
        for purpose in self.site.secrets:
            self.secret(purpose)
            if self._shares(purpose):
                secret_files.share(self.secret_file(purpose))
        if self.site.for_staff:
            for pattern in _OF_FIRST_RELEASE:
                for path in self.shared_folder.glob(pattern):
                    if not self._shares(path.stem):
                        self.file(path.name)

    def _shares(self, purpose: str) -> bool:
        return SIDES[self.side].shares(purpose)

    def key_file(self, campaign: str) -> Path:
        """Name the file of a campaign's opening key, which may as well be kept elsewhere.

        Release 0.1.0 made ``.p12``: such a file is the one that is named, if it is there.
        """
        old = self.file(f"{campaign}.p12")
        return old if old.exists() else self.file(f"{campaign}.key.txt")

    def today(self, grace: timedelta = timedelta()) -> date:
        """Give the date where the survey is held; a day lasts longer by the grace."""
        return (datetime.now(self.timezone) - grace).date()

    @property
    def respond_origin(self) -> str:
        """Scheme, host and port of the respondents' site, as browsers compare origins."""
        parts = urlsplit(self.respond_url)
        return f"{parts.scheme}://{parts.netloc}"


_ADDRESSES: dict[str, Any] = {
    f"{side}{role}_url": (str | None, None) for side in SIDES for role in _ROLES
}
_Addresses: Any = create_model("_Addresses", __base__=BaseSettings, **_ADDRESSES)


class Settings(_Addresses):  # type: ignore[misc] # a field for each side in the table
    """The environment of one process. Every name is documented in ``docs/operations.md``."""

    model_config = SettingsConfigDict(
        env_prefix="SURVEY_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    instance: Path = Path("instance")
    sites: str = ",".join(SITES)
    respond_url: str = ""
    issue_url: str = "/issue"
    timezone: str = "Asia/Shanghai"
    passphrase: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    mail_reply_to: str = ""
    dask: str = ""
    totp: bool = True
    two_managers: bool = False
    port: int = Field(default=8000, validation_alias="PORT", ge=1, le=65535)
    internal_port: int = Field(default=0, ge=0, le=65535)
    workers: int = Field(default=0, ge=0)
    lang: str = Field(default="", validation_alias="LANG")

    @model_validator(mode="after")
    def stores_apart(self) -> "Settings":
        """Refuse two stores in one cluster: it numbers the transactions of both in one order."""
        owners: dict[tuple[str, int], str] = {}
        for side in SIDES:
            for role in _ROLES:
                server = _server(self._address(f"{side}{role}") or "")
                if server and owners.setdefault(server, side) != side:
                    names = f"{_setting(owners[server])} and {_setting(side)}"
                    raise ValueError(f"{names} name one cluster: give each its own")
        return self

    @model_validator(mode="after")
    def second_factor_but_here(self) -> "Settings":
        """Refuse to do without the second factor where a web server lets other computers in."""
        for name, url in (("RESPOND", self.respond_url), ("ISSUE", self.issue_url)):
            parts = urlsplit(url)
            here = parts.scheme in {"", "http"} and parts.hostname in {None, *_HERE}
            if not self.totp and not here:
                raise ValueError(
                    f"SURVEY_TOTP=off is for this computer alone, SURVEY_{name}_URL for others"
                )
        return self

    @property
    def site_names(self) -> tuple[str, ...]:
        """The sites this process carries: named one by one, or all of a side by its name."""
        names = {name.strip() for name in self.sites.split(",") if name.strip()}
        if unknown := names - {*SITES, *SIDES}:
            raise ValueError(f"SURVEY_SITES names an unknown site: {', '.join(sorted(unknown))}")
        return tuple(site for site, side in SIDE_OF.items() if names & {site, side.name})

    def of(self, site: str) -> SiteSettings:
        """Cut out what one site may know."""
        side = SIDE_OF[site]
        folder = self.instance.resolve() / side.name
        staff, public = (self._address(side.name + role) or "" for role in ("", "_public"))
        url = staff or public or f"sqlite:///{folder / side.name}.sqlite"
        return SiteSettings(
            name=site,
            side=side.name,
            database_url=url if SITES[site].for_staff else public or url,
            owner_url=self._address(f"{side.name}_owner") or url,
            staff_url=staff,
            public_url=public,
            shared_folder=folder,
            respond_url=(self.respond_url or f"http://127.0.0.1:{self.port}/respond").rstrip("/"),
            issue_url=self.issue_url.rstrip("/"),
            timezone=ZoneInfo(self.timezone),
            totp=self.totp,
            two_managers=self.two_managers,
            **{name: getattr(self, name) for name in side.settings},
        )

    def _address(self, name: str) -> str | None:
        address: str | None = getattr(self, f"{name}_url")
        return address


def _setting(side: str) -> str:
    return f"SURVEY_{side.upper()}_URL"


def _server(url: str) -> tuple[str, int] | None:
    """Name the PostgreSQL server of an address: its host (or socket folder) and port."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        return None
    query = parse_qs(parts.query)
    port = parts.port or int(query.get("port", ["5432"])[0])
    host = parts.hostname or query.get("host", ["localhost"])[0]
    return "localhost" if host in _HERE else host, port
