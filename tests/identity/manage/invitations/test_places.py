"""Whatever managers do, and in whatever order, no more codes are good than are to be invited."""

import json
import random
from collections import Counter
from contextlib import contextmanager
from itertools import count

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select

from survey_app.accounts import Actor, acting_as, add_account
from survey_app.crypto import blind_rsa
from survey_app.crypto.at_rest import decrypt
from survey_app.crypto.encoding import to_text
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.cli import manage
from survey_app.identity.manage.fieldwork import progress
from survey_app.identity.manage.invitations import code_lists, lost_codes, mailing, named_lists
from survey_app.identity.manage.invitations.list_requests import ListForm, ListRequest
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import (
    WITHDRAWN,
    Card,
    CodeList,
    Invitation,
    Letter,
    Person,
    Place,
    Staff,
)
from tests.identity.manage.conftest import load, publish
from tests.identity.manage.views.test_console import HEAD, Manager
from tests.installation import read_csv
from tests.manifests import CLOSING_PRIVATE
from tests.sites import PASSWORD, design, quick_hash, serving

SAMPLE = 11
STRATA = ("north", "south")
WALKS = [*(("sqlite", seed) for seed in (10, 14, 15)), ("postgresql", 12)]
STEPS = 30
SECOND = ("--second-manager", "second", "--password-file", "password.txt")


class Walk:
    """A campaign, everything that can be done with its codes, and all codes that anybody saw."""

    def __init__(self, site, issuer, folder, seed):
        self.site, self.store, self.issuer = site, site.extensions["store"], issuer
        self.settings, self.folder = site.extensions["sign_in"].settings, folder
        self.keys, self.random = Keys.of(self.settings), random.Random(seed)
        self.managers = [Manager(site), Manager(site, "second")]
        self.holders: dict[str, tuple[str, str]] = {}
        """The stratum of each code that was ever shown, and the person that it is for."""
        self.answers: Counter[tuple[str, str]] = Counter()
        self.numbers = count(1)

    def step(self):
        """Do one thing; what is refused changes nothing."""
        act = self.random.choice(
            [
                self.list_by_page,
                self.list_by_command,
                self.cards_by_work,
                self.write_letters,
                self.draw,
                self.draw_elsewhere,
                self.erase,
                self.replace_one_by_page,
                self.replace_one_by_command,
                self.replace_one_by_letter,
                *[self.claim] * 4,
            ]
        )
        before = self.good_codes()
        try:
            act()
        except SurveyError:
            assert self.good_codes() == before, act.__name__
        return act.__name__

    def list_by_page(self):
        first, second = self.managers
        fields = {"form": "csv", "stratum": self.strata()} | self.permission({"replace": "on"})
        work = first.post(f"{HEAD}/codes", **fields)
        if work.status_code == 302 and work.location.endswith("/invitations"):
            work = second.confirm_list()
        if work.status_code == 302:
            self.fetch_all()

    def list_by_command(self):
        self.command("invite", *SECOND, *self.permission(("--replace",)))

    def cards_by_work(self):
        replace = self.random.random() < 0.5
        self.make(ListRequest(tuple(self.strata()), ListForm.CSV, replace))

    def write_letters(self):
        with self.writing_letters() as (session, manifest):
            mailing.queue_invitations(session, self.keys, manifest, "job", self.strata(), _link)

    def draw(self):
        listed = self.roster(20)
        load(self.store, self.keys, content=listed, seed=f"seed-{next(self.numbers)}")

    def draw_elsewhere(self):
        (self.folder / "sample.csv").write_bytes(self.roster(SAMPLE))
        self.command("invite", "--roster", "sample.csv", *SECOND)

    def erase(self):
        self.command("erase")

    def replace_one_by_page(self):
        first, second = self.managers
        stratum, holder = self.some_holder()
        fields = {"stratum": stratum, "holder": holder, "way": "card"}
        answer = first.post(f"{HEAD}/lost-code", **fields)
        if answer.status_code == 302 and answer.location.endswith("/invitations"):
            answer = second.confirm_list()
        assert answer.status_code in {302, 400, 409}, answer.text
        self.fetch_all()

    def replace_one_by_command(self):
        stratum, holder = self.some_holder()
        self.command("replace", stratum, holder, *SECOND)

    def replace_one_by_letter(self):
        stratum, holder = self.some_holder()
        with self.writing_letters() as (session, manifest):
            key = self.keys.roster
            request = lost_codes.request_for(session, key, manifest, stratum, holder)
            to = lost_codes.recipients(session, "spring", request)
            mailing.queue_new_links(session, self.keys, manifest, "job", to.persons, _link)

    def claim(self):
        """Spend a code that somebody has, used or dead ones too."""
        if self.holders:
            self.spend(self.random.choice(sorted(self.holders)))

    def spend(self, code):
        stratum, person = self.holders[code]
        blinded = next(self.numbers).to_bytes(blind_rsa.MODULUS_BYTES)
        body = {"code": code, "stratum": stratum, "blinded": to_text(blinded)}
        answer = self.issuer.post("/spring/credentials", json=body)
        assert answer.status_code in {200, 409, 410}
        if answer.status_code == 200:
            self.answers[stratum, person or code] += 1

    def make(self, request):
        """Make a list as the background does, and read it."""
        with self.store.begin() as session:
            total = code_lists.check(session, "spring", request)
            if named_lists.has_names(session, "spring", request):
                with acting_as(Actor("first")):
                    number = named_lists.ask(session, "spring", request, total).number
                with acting_as(Actor("second")):
                    request = named_lists.confirm(session, "spring", number)
        place = (self.store, self.settings, "spring", f"{next(self.numbers):032}")
        code_lists.make(*place, request, lambda number, total: None, lambda session: None)
        self.fetch_all()

    def fetch_all(self):
        """Read what waits to be fetched, behind the pages: how it is fetched is their matter."""
        with self.store.begin() as session:
            for row in session.scalars(select(CodeList)):
                content = decrypt(self.keys.roster, row.content, f"codes/{row.job}")
                if row.form == ListForm.CSV:
                    (self.folder / "fetched.csv").write_bytes(content)
                    self.see(read_csv(self.folder / "fetched.csv"))
            session.execute(delete(CodeList))

    def command(self, name, *options):
        file = self.folder / f"{next(self.numbers)}.csv"
        output = ("--output", file.name) if name != "erase" else ()
        result = CliRunner().invoke(manage, [name, "spring", *options, *output])
        if file.exists():
            self.see(read_csv(file))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception

    @contextmanager
    def writing_letters(self):
        """Read the letters that are queued within, and send them all."""
        with self.store.begin() as session:
            yield session, service.published_manifest(session, "spring")
            for letter in session.scalars(select(Letter)):
                context = f"letter/{letter.letter.hex()}"
                content = decrypt(self.keys.roster, letter.content, context).decode()
                letter_fields = json.loads(content)
                stratum, code = letter_fields["link"].split()
                self.holders[code] = stratum, letter_fields["address"].partition("@")[0]
            session.execute(delete(Letter))

    def close(self):
        with self.store.begin() as session:
            service.close(session, "spring", CLOSING_PRIVATE)

    def see(self, rows):
        self.holders |= {row["code"]: (row["stratum"], row["person"]) for row in rows}

    def strata(self):
        return self.random.sample(STRATA, self.random.randint(1, 2))

    def permission(self, words):
        return words if self.random.random() < 0.5 else type(words)()

    def roster(self, persons_of_each):
        strata = self.strata()
        names = [(s, f"{s}{i:02}") for s in strata for i in range(persons_of_each)]
        lines = [f"{stratum},{name},{name}@example.org" for stratum, name in names]
        return "\n".join(["stratum,person,address", *lines]).encode()

    def some_holder(self):
        """A person who was drawn, a card's number, or nobody."""
        with self.store.read() as session:
            sample = session.scalars(select(Person).where(Person.step != "listed")).all()
            cards = session.execute(select(Card.stratum, Card.number)).all()
            names = [(p.stratum, persons.fields(self.keys.roster, p)["person"]) for p in sample]
        holders = sorted([*names, *((stratum, str(number)) for stratum, number in cards)])
        return self.random.choice([*holders, ("north", "1")])

    def good_codes(self):
        query = select(Invitation.stratum, func.count()).group_by(Invitation.stratum)
        with self.store.read() as session:
            return dict(session.execute(query.where(Invitation.claimed_for != WITHDRAWN)).all())

    def check(self, way):
        """Compare what is counted, what is in the store, and what pages show."""
        good = self.good_codes()
        with self.store.read() as session:
            places = dict(session.execute(select(Place.stratum, Place.codes)).all())
            page = progress.fieldwork(session, "spring", self.settings.today()).strata
        assert {s: n for s, n in places.items() if n} == good, way
        assert {row.stratum.stratum: row.stratum.invited for row in page} == places, way
        assert all(number <= SAMPLE for number in good.values()), way


def _link(code, stratum):
    return f"{stratum} {code}"


@pytest.fixture
def walk(site, tmp_path, seed, monkeypatch):
    """Begin in a store that has no code yet."""
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    monkeypatch.setenv("SURVEY_TOTP", "off")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password.txt").write_text(PASSWORD)
    store, settings = site.extensions["store"], site.extensions["sign_in"].settings
    with store.begin() as session, quick_hash():
        add_account(session, Staff, "second", PASSWORD)
    size = {"population": 40, "sample": SAMPLE}
    strata = [s.model_copy(update=size) for s in design().strata[: len(STRATA)]]
    publish(store, master=settings.secret("issuer"), strata=strata)
    with serving("issue", tmp_path) as public:
        yield Walk(site, public.test_client(), tmp_path, seed)


@pytest.mark.parametrize(("own_engine", "seed"), WALKS, indirect=["own_engine"])
def test_nobody_answers_twice_whatever_managers_do(walk, seed):
    way = [f"seed {seed}"]
    for _ in range(STEPS):
        way.append(walk.step())
        walk.check(way)
    for code in walk.holders:
        walk.spend(code)
    answers = Counter(stratum for stratum, _ in walk.answers.elements())

    assert all(number <= SAMPLE for number in answers.values()), way
    assert all(number == 1 for number in walk.answers.values()), way

    walk.close()
    codes_at_close = walk.good_codes()
    for _ in range(5):
        walk.step()
    assert walk.good_codes() == codes_at_close, way
