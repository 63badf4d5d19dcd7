"""A manager who holds codes and asks the public issuer about them learns nothing of persons."""

import logging
from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, text

from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import codes, lost_codes, new_codes
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import Audit, Card, Person, Place, RefusedClaims
from survey_app.identity.store.queries import count_claims
from tests.identity.manage.conftest import load, publish
from tests.sites import serving

RESPONDENTS = 9
UNKNOWN = "0000-0000-0000-0000"
UNSIGNABLE = (b"", b"\xff" * blind_rsa.MODULUS_BYTES)


@dataclass
class Issuer:
    """The public site beside the manager's, on one store; it notes what it asks of the store."""

    client: FlaskClient
    statements: list[str] = field(default_factory=list)

    def look_up(self, code):
        return self._answer("stratum", {"code": code})

    def claim(self, code, number=1, stratum="north"):
        blinded = number.to_bytes(blind_rsa.MODULUS_BYTES)
        return self.ask(code, blinded, stratum)

    def ask(self, code, blinded, stratum="north"):
        body = {"code": code, "stratum": stratum, "blinded": to_text(blinded)}
        return self._answer("credentials", body)

    def work(self, ask, code):
        self.statements.clear()
        return (*ask(code), tuple(self.statements))

    def _answer(self, action, body):
        reply = self.client.post(f"/spring/{action}", json=body)
        return reply.status_code, reply.data, tuple(reply.headers.items())


@pytest.fixture
def settings(site):
    return site.extensions["sign_in"].settings


@pytest.fixture
def list_codes(store, settings):
    """Makes a list with names, each time it is called."""
    keys = Keys.of(settings)
    publish(store, master=settings.secret("issuer"))
    load(store, keys)

    def make():
        with store.begin() as session:
            manifest = service.published_manifest(session, "spring")
            return [new.code for new in codes.hand_out(session, keys, manifest, ["north"])]

    return make


@pytest.fixture
def issuer(site, tmp_path, list_codes):
    with serving("issue", tmp_path) as public:
        issuer = Issuer(public.test_client())
        engine = public.extensions["store"].engine

        def note(*execution):
            issuer.statements.append(str(execution[2]))

        event.listen(engine, "before_cursor_execute", note)
        event.listen(engine, "rollback", lambda _: issuer.statements.append("ROLLBACK"))
        event.listen(engine, "commit", lambda _: issuer.statements.append("COMMIT"))
        issuer.look_up(UNKNOWN)  # the first request reads the manifest
        yield issuer


class Replacing:
    """One lost code replaced, and all that a manager sees of it."""

    def __init__(self, store, settings, issuer):
        self.store, self.keys, self.issuer = store, Keys.of(settings), issuer

    def hand_out(self, stratum):
        with self.store.begin() as session:
            manifest = service.published_manifest(session, "spring")
            return codes.hand_out(session, self.keys, manifest, [stratum])

    def replace(self, plain):
        holder = plain.person.get("person") or str(plain.number)
        with self.store.begin() as session:
            manifest = service.published_manifest(session, "spring")
            request = lost_codes.request_for(
                session, self.keys.roster, manifest, plain.stratum, holder
            )
            to = lost_codes.recipients(session, "spring", request)
            [(new, record)] = new_codes.generate(self.keys, manifest, to)
            codes.replace_lost(session, self.keys, manifest, [record])
        return new

    def view(self, plain, new):
        """What is seen of a replacement, but for whose it was."""
        assert (new.stratum, new.person, new.number) == (plain.stratum, plain.person, plain.number)
        with self.store.read() as session:
            last = session.scalars(select(Audit).order_by(Audit.entry.desc()).limit(1)).one()
            places = session.get_one(Place, ("spring", plain.stratum))
            step = select(Person.step).where(Person.step != "listed").distinct()
            counts = places.codes, session.scalars(step).all(), last.action, last.detail
        looks = [self.issuer.work(self.issuer.look_up, of.code) for of in (plain, new)]
        return counts, looks


@pytest.fixture
def lists(issuer, list_codes):
    """A list, nine of whose persons answered, and the list that replaces it."""
    first = list_codes()
    for number, code in enumerate(first[:RESPONDENTS]):
        assert issuer.claim(code, number + 2)[0] == 200
    return first, list_codes()


def test_a_remade_list_does_not_tell_who_has_answered(issuer, lists):
    first, second = lists

    answers = {issuer.work(issuer.look_up, code) for code in (*first, *second)}

    assert len(answers) == 1
    assert answers.pop()[:2] == (200, b'{"stratum":"north"}\n')


def test_a_claim_tells_claimed_replaced_dead_unknown_and_foreign_codes_not_apart(issuer, lists):
    first, second = lists
    unusable_codes = [first[0], first[-1], second[0], UNKNOWN]
    foreign = issuer.work(lambda code: issuer.claim(code, stratum="south"), second[-1])

    answers = {issuer.work(issuer.claim, code) for code in unusable_codes}

    assert answers == {foreign}
    assert foreign[0] == 409
    assert issuer.claim(second[-1])[0] == 200


def test_polling_the_codes_of_a_list_tells_not_when_somebody_answers(issuer, list_codes):
    list_kept = list_codes()

    def poll():
        return [
            (issuer.look_up(code), *(issuer.ask(code, blinded) for blinded in UNSIGNABLE))
            for code in list_kept
        ]

    before = poll()
    assert issuer.claim(list_kept[7])[0] == 200

    assert poll() == before


@pytest.mark.parametrize("stratum", ["north", "south"], ids=["of persons", "of cards"])
def test_replacing_one_code_does_not_tell_whether_it_was_used(issuer, store, settings, stratum):
    replacing = Replacing(store, settings, issuer)
    claimed_code, *_, open_code = replacing.hand_out(stratum)
    assert issuer.claim(claimed_code.code, 2, stratum)[0] == 200

    new = [replacing.replace(plain) for plain in (claimed_code, open_code)]

    views = [replacing.view(*pair) for pair in zip((claimed_code, open_code), new, strict=True)]
    assert views[0] == views[1]
    assert [issuer.claim(of.code, 3, stratum)[0] for of in new] == [409, 200]
    assert [issuer.claim(of.code, 4, stratum)[0] for of in (claimed_code, open_code)] == [409, 409]


def test_a_code_that_is_replaced_again_and_again_stays_dead_if_its_holder_answered(
    issuer, store, settings
):
    replacing = Replacing(store, settings, issuer)
    claimed_code, *_, open_code = replacing.hand_out("south")
    assert issuer.claim(claimed_code.code, 2, "south")[0] == 200

    for _ in range(3):
        claimed_code, open_code = replacing.replace(claimed_code), replacing.replace(open_code)

    assert [issuer.claim(of.code, 3, "south")[0] for of in (claimed_code, open_code)] == [409, 200]


@pytest.mark.parametrize("own_engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("answers", [True, False])
def test_no_transaction_of_the_store_ties_a_replaced_code_to_its_holder(
    issuer, store, settings, answers
):
    replacing = Replacing(store, settings, issuer)
    by_table = {Card: replacing.hand_out("south"), Person: replacing.hand_out("north")}
    for table, (plain, *_) in by_table.items():
        if answers:
            assert issuer.claim(plain.code, 2, plain.stratum)[0] == 200
        replacing.replace(plain)

        with store.read() as session:
            of_rows = text(f"SELECT DISTINCT xmin::text FROM {table.__tablename__}")
            assert len(session.scalars(of_rows).all()) == 1


def test_asking_leaves_no_line_but_a_count_of_refused_claims(issuer, lists, store, caplog):
    caplog.set_level(logging.DEBUG)
    first, second = lists

    def log():
        with store.read() as session:
            return len(session.scalars(select(Audit.entry)).all()), len(caplog.records)

    before = log()
    for code in (first[0], second[0], UNKNOWN):
        issuer.look_up(code)
        issuer.claim(code)

    assert log() == before
    with store.read() as session:
        assert session.get(RefusedClaims, "spring").number == 3


def test_withdrawn_codes_count_nowhere(lists, store):
    with store.read() as session:
        claims = count_claims(session, "spring")["north"]

    assert (claims.invited, claims.claims) == (30, RESPONDENTS)
