"""Settings: the only reader of the environment, and of the secrets it keeps under ``instance/``."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, create_model, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from survey_app.sides import SIDE_OF, SIDES, SITES, Site

VERSION = "0.1.0"
API = "/api"
"""Where a site answers programs, which bring a token, in JSON."""
_HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class SiteSettings:
    """What one site may know: its own side's store and secrets, and nothing of the other side."""

    name: str
    side: str
    database_url: str
    owner_url: str
    folder: Path
    respond_url: str
    issue_url: str
    timezone: ZoneInfo
    totp: bool
    two_managers: bool
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    dask: str = ""

    @property
    def site(self) -> Site:
        """What the table of sides says of this site."""
        return SITES[self.name]

    def secret(self, purpose: str) -> bytes:
        """Read 32 secret bytes of this side, made at first use and kept in its folder."""
        return _secret(self._secret_path(purpose))

    def has_its_secrets(self) -> bool:
        """Tell whether the secrets that this site works with can be read."""
        try:
            return all(len(_read(self._secret_path(name))) == 32 for name in self.site.secrets)
        except (OSError, ValueError):
            return False

    def _secret_path(self, purpose: str) -> Path:
        return self.folder / f"{purpose}.key"

    def key_file(self, campaign: str) -> Path:
        """Name the file of a campaign's opening key, which may as well be kept elsewhere.

        Release 0.1.0 made ``.p12``: such a file is the one that is named, if it is there.
        """
        old = self.folder / f"{campaign}.p12"
        return old if old.exists() else self.folder / f"{campaign}.key.txt"

    def today(self, grace: timedelta = timedelta()) -> date:
        """Give the date where the survey is held; a day lasts longer by the grace."""
        return (datetime.now(self.timezone) - grace).date()

    @property
    def respond_origin(self) -> str:
        """Scheme, host and port of the respondents' site, as browsers compare origins."""
        parts = urlsplit(self.respond_url)
        return f"{parts.scheme}://{parts.netloc}"


_ADDRESSES: dict[str, Any] = {
    f"{side}{role}_url": (str | None, None) for side in SIDES for role in ("", "_owner")
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
            server = _server(self._address(side) or "")
            if server and owners.setdefault(server, side) != side:
                names = f"{_setting(owners[server])} and {_setting(side)}"
                raise ValueError(f"{names} name one cluster: give each its own")
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
        url = self._address(side.name) or f"sqlite:///{folder / side.name}.sqlite"
        return SiteSettings(
            name=site,
            side=side.name,
            database_url=url,
            owner_url=self._address(f"{side.name}_owner") or url,
            folder=folder,
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


def _secret(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent) as file:  # readable by its owner only
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):  # another process was first: its secret stands
                os.link(file.name, path)
    return _read(path)


def _read(path: Path) -> bytes:
    return bytes.fromhex(path.read_text())
