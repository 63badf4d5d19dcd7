"""Everything that the program shows of a campaign under way: pages, forms, APIs, commands, logs.

All of it is asked of a copy of an instance. A page, form or command that is new is asked with the
others; one that takes what is not named here fails the test that asks.
"""

import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug import Response
from werkzeug.routing import Rule

from survey_app import create_app, logs
from survey_app.__main__ import main
from survey_app.accounts import add_account
from survey_app.answers.analyse import tokens
from survey_app.answers.store.models import Box, TokenScope
from survey_app.answers.store.models import Campaign as Ballots
from survey_app.config import Settings
from survey_app.identity.store.models import Campaign, Step
from survey_app.sides import SITES
from survey_app.storage.database import Database
from tests.installation import PASSPHRASE, Installation
from tests.sites import PASSWORD, STAFF, sign_in

Outputs = dict[str, str]
STRATA = ["north", "south", "staff"]
FORM: dict[str, str | list[str]] = {
    "stratum": STRATA,
    "form": "csv",
    "replace": "on",
    "sure": "yes",
    "key": "passphrase",
    "passphrase": PASSPHRASE,
    "again": PASSPHRASE,
    "subject": "A letter",
    "body": "{link}",
    "aim": "budget",
    "budget": "90",
    "earlier": "autumn",
    "title_zh": "下一次",
    "seed": "1",
    "day": "2099-01-01",
}
"""What is filled into every form; ``typed``, which closes a campaign, is asked for by commands."""
OPTIONS = {"rows_file": "rows.csv", "output": "output", "public": "key.pem", "key": "key"}
_NO_JOB = "0" * 32
NOT_ASKED = {"respond"}
"""It is a respondent: it shows what it sent itself."""
_VARYING = re.compile(
    r'(?<=name="csrf_token" value=")[^"]+|'
    r"[\w+/=-]{22,}|(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}(?:-[0-9A-Z]{4})?|\d\d:\d\dZ?|[\d.]+ms"
)
"""Secrets, digests, names of jobs, codes, and the time of day."""


@dataclass
class Copy:
    """A copy of an instance, and the sites on it."""

    original: Installation
    folder: Path
    campaign: str
    token: str
    job: str = _NO_JOB
    """The latest one that a form started."""

    def outputs(self) -> Outputs:
        """Ask for everything; what is shown after a close, which may be exact, is left out."""
        collected: Outputs = {}
        with self._log() as log:
            for site in SITES:
                for role in STAFF[site].ROLES if site in STAFF else ("anyone",):
                    with self._restored(), self._client(site, role) as (app, client):
                        collected |= self._pages(app, client, f"{site} {role}")
            for words in _commands(main, ()):
                with self._restored():
                    self._run(words, collected)
            collected["log"] = _masked(log.getvalue())
        return collected

    def _pages(self, app: Flask, client: FlaskClient, reader: str) -> Outputs:
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "security.logout"]
        rules.sort(key=lambda rule: rule.rule)
        requests = [(method, rule) for method in ("GET", "POST") for rule in rules]
        requests += [("GET", rule) for rule in rules if "job" in rule.arguments]
        collected: Outputs = {}
        for number, (method, rule) in enumerate(requests):
            if method in (rule.methods or ()):
                with self._ask(app, client, rule, method) as answer:
                    if self._is_closed():
                        app.extensions["store"].engine.dispose()
                        self._restore()
                    else:
                        collected[f"{reader} {number} {method} {rule.endpoint}"] = _text(answer)
        return collected

    def _ask(self, app: Flask, client: FlaskClient, rule: Rule, method: str) -> Response:
        values = self._places(rule.arguments)
        path = app.url_map.bind("localhost").build(rule.endpoint, values, method)
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "GET":
            return client.get(path, headers=headers)
        if app.config["SITE"].for_staff:
            answer = client.post(path, data=FORM, headers=headers)
            if "worker" in app.extensions:
                app.extensions["worker"].wait()
            job = re.search(r"/work/(\w{32})$", answer.headers.get("Location", ""))
            self.job = job[1] if job else self.job
            return answer
        return client.post(path, json={}, headers=headers)

    def _places(self, names: set[str]) -> dict[str, str | int]:
        places: dict[str, str | int] = {
            "campaign": self.campaign,
            "stratum": STRATA[0],
            "job": self.job,
            "digest": "0" * 16,
            "name": "survey.js",
            "filename": "console.js",
            "kind": "business",
            "number": 1,
            "ending": "xlsx",
        }
        return {name: places[name] for name in names}

    def _run(self, words: tuple[str, ...], collected: Outputs) -> None:
        with TemporaryDirectory() as folder, chdir(folder):
            files = {"manifest": "manifest.json", "published": "published.json"}
            for name, copy in files.items():
                shutil.copy(self.original.folder / f"{self.campaign}.{name}.json", copy)
            for file in ("file", *OPTIONS.values()):
                Path(file).write_text("1\n")
            Path("output").unlink()
            places = {**files, **OPTIONS, "campaign": self.campaign, "side": "answers"}
            places |= {"file": "file", "name": "somebody", "label": "program"}
            places |= {"earlier": self.campaign, "day": str(FORM["day"])}
            places |= {"statement": "file"}
            arguments = [places.get(word[1:-1], word) if word[0] == "<" else word for word in words]
            result = CliRunner().invoke(main, arguments)
            files_there = [path.read_text() for path in sorted(Path().glob("*.csv"))]
        if not self._is_closed():
            lines = [result.output, repr(result.exception), *files_there]
            collected[" ".join(words)] = _masked("\n".join(lines))

    @contextmanager
    def _client(self, site: str, role: str) -> Iterator[tuple[Flask, FlaskClient]]:
        app = create_app(site, Settings().of(site))
        try:
            client = app.test_client()
            if site in STAFF:
                sign_in(client, role)
            app.config["WTF_CSRF_ENABLED"] = False
            yield app, client
        finally:
            app.extensions["store"].engine.dispose()

    @contextmanager
    def _restored(self) -> Iterator[None]:
        self._restore()
        yield

    def _restore(self) -> None:
        self.job = _NO_JOB
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.original.instance, self.folder)

    def _is_closed(self) -> bool:
        with ExitStack() as stack:
            states = []
            for site, query in (
                ("manage", select(Campaign.step).where(Campaign.campaign == self.campaign)),
                ("analyse", select(Ballots.box).where(Ballots.campaign == self.campaign)),
            ):
                store = Database(Settings().of(site).database_url)
                stack.callback(store.engine.dispose)
                with store.read() as session:
                    states.append(session.scalar(query))
        return states != [Step.PUBLISHED, Box.COLLECTING]

    @contextmanager
    def _log(self) -> Iterator[StringIO]:
        log = StringIO()
        handler = logging.StreamHandler(log)
        handler.setFormatter(logs.formatter())
        logging.getLogger().addHandler(handler)
        try:
            yield log
        finally:
            logging.getLogger().removeHandler(handler)


def add_readers(settings: Settings) -> str:
    """Make an account of each role, named like it; returns a token of the API for results."""
    for site, staff in STAFF.items():
        store = Database(settings.of(site).database_url)
        with store.begin() as session:
            for role in staff.ROLES:
                add_account(session, staff, role, PASSWORD, role)
            if site == "analyse":
                today = settings.of(site).today()
                token = tokens.make(session, "reader", TokenScope.RESULTS, today, 9)
        store.engine.dispose()
    return token


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give every command with what it needs, and again with each of its switches."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner and name not in NOT_ASKED:
                yield from _commands(inner, (*path, name))
        return
    words = list(path)
    switches = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words.append(f"<{parameter.name}>")
        elif parameter.required:
            words += [parameter.opts[0], f"<{parameter.name}>"]
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            switches.append(parameter.opts[0])
    yield tuple(words)
    yield from ((*words, switch) for switch in switches)


def _text(answer: Response) -> str:
    headers = {name: answer.headers.get(name, "") for name in ("Location", "Content-Disposition")}
    content = answer.get_data().decode(errors="backslashreplace")
    return _masked(f"{answer.status} {headers}\n{content}")


def _masked(text: str) -> str:
    return _VARYING.sub("…", text)
