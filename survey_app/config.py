"""Settings: the only reader of the environment, and of the secrets it keeps under ``instance/``."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

VERSION = "0.1.0"
API = "/api"
"""Where a site answers programs, which bring a token, in JSON."""
SiteName = Literal["issue", "manage", "respond", "analyse"]
Side = Literal["identity", "answers"]
SIDES: dict[SiteName, Side] = {
    "issue": "identity",
    "manage": "identity",
    "respond": "answers",
    "analyse": "answers",
}
_HERE = {"localhost", "127.0.0.1", "::1"}
_WORKS_WITH: dict[SiteName, tuple[str, ...]] = {
    "issue": ("codes", "issuer"),
    "manage": ("session",),
    "respond": (),
    "analyse": ("session",),
}


@dataclass(frozen=True)
class SiteSettings:
    """What one site is told: its own side's store and secrets, and nothing of the other side."""

    name: SiteName
    side: Side
    database_url: str
    owner_url: str
    folder: Path
    respond_url: str
    issue_url: str
    timezone: ZoneInfo
    totp: bool
    two_managers: bool
    smtp_url: SecretStr | None
    mail_from: str
    dask: str

    def secret(self, purpose: str) -> bytes:
        """Read 32 secret bytes of this side, made at first use and kept in its folder."""
        return _secret(self._secret_path(purpose))

    def has_its_secrets(self) -> bool:
        """Tell whether the secrets that this site works with can be read."""
        try:
            return all(len(_read(self._secret_path(name))) == 32 for name in _WORKS_WITH[self.name])
        except (OSError, ValueError):
            return False

    def _secret_path(self, purpose: str) -> Path:
        return self.folder / f"{purpose}.key"

    def key_file(self, campaign: str) -> Path:
        """Name the file of a campaign's opening key, which may as well be kept elsewhere."""
        return self.folder / f"{campaign}.p12"

    def today(self) -> date:
        """Give the date where the survey is held."""
        return datetime.now(self.timezone).date()

    def link(self, campaign: str, code: str, digest: str) -> str:
        """Compose a respondent's link: what must not reach a server stands in its fragment."""
        return f"{self.respond_url}/{campaign}/#{code}.{digest}"

    @property
    def respond_origin(self) -> str:
        """Scheme, host and port of the respondents' site, as browsers compare origins."""
        parts = urlsplit(self.respond_url)
        return f"{parts.scheme}://{parts.netloc}"


class Settings(BaseSettings):
    """The environment of one process. Every name is documented in ``docs/operations.md``."""

    model_config = SettingsConfigDict(env_prefix="SURVEY_", frozen=True, env_ignore_empty=True)

    instance: Path = Path("instance")
    sites: str = "issue,manage,respond,analyse"
    identity_url: str | None = None
    answers_url: str | None = None
    identity_owner_url: str | None = None
    answers_owner_url: str | None = None
    respond_url: str = ""
    issue_url: str = "/issue"
    timezone: str = "Asia/Shanghai"
    passphrase: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    dask: str = ""
    totp: bool = True
    two_managers: bool = False
    port: int = Field(default=8000, validation_alias="PORT", ge=1, le=65535)
    internal_port: int = Field(default=0, ge=0, le=65535)
    workers: int = Field(default=0, ge=0)
    lang: str = Field(default="", validation_alias="LANG")

    @model_validator(mode="after")
    def stores_apart(self) -> "Settings":
        """Refuse both stores in one cluster: it numbers the transactions of both in one order."""
        places = {_server(url) for url in (self.identity_url, self.answers_url) if url}
        if self.identity_url and self.answers_url and len(places) == 1 and None not in places:
            raise ValueError(
                "SURVEY_IDENTITY_URL and SURVEY_ANSWERS_URL name one cluster: give each its own"
            )
        return self

    @property
    def site_names(self) -> tuple[SiteName, ...]:
        """The sites this process carries: named one by one, or all of a side by its name."""
        names = {name.strip() for name in self.sites.split(",") if name.strip()}
        if unknown := names - {*SIDES, *SIDES.values()}:
            raise ValueError(f"SURVEY_SITES names an unknown site: {', '.join(sorted(unknown))}")
        return tuple(site for site, side in SIDES.items() if names & {site, side})

    def of(self, site: SiteName) -> SiteSettings:
        """Cut out what one site may know."""
        side = SIDES[site]
        folder = self.instance.resolve() / side
        identity = (self.identity_url, self.identity_owner_url)
        url, owner = identity if side == "identity" else (self.answers_url, self.answers_owner_url)
        url = url or f"sqlite:///{folder / side}.sqlite"
        return SiteSettings(
            name=site,
            side=side,
            database_url=url,
            owner_url=owner or url,
            folder=folder,
            respond_url=(self.respond_url or f"http://127.0.0.1:{self.port}/respond").rstrip("/"),
            issue_url=self.issue_url.rstrip("/"),
            timezone=ZoneInfo(self.timezone),
            totp=self.totp,
            two_managers=self.two_managers,
            smtp_url=self.smtp_url if side == "identity" else None,
            mail_from=self.mail_from,
            dask=self.dask if side == "answers" else "",
        )


def _server(url: str) -> tuple[str, int] | None:
    """Name the PostgreSQL server of an address: its host (or socket folder) and port."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        return None
    query = parse_qs(parts.query)
    port = parts.port or int(query.get("port", ["5432"])[0])
    host = parts.hostname or query.get("host", ["localhost"])[0]
    return "localhost" if host in _HERE else host, port


def _secret(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent) as made:  # readable by its owner only
            made.write(secrets.token_hex(32))
            made.flush()
            with suppress(FileExistsError):  # another process was first: its secret stands
                os.link(made.name, path)
    return _read(path)


def _read(path: Path) -> bytes:
    return bytes.fromhex(path.read_text())
