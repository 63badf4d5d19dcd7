"""The demo: two campaigns, one of them played, with accounts and links to try them out.

What only its first start needs is loaded then.
"""
# ruff: noqa: PLC0415

import json
import random
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import click

from questionnaires import Questionnaire
from survey_app.accounts import add_account
from survey_app.answers.analyse.box import key_file, key_shares
from survey_app.answers.analyse.box import service as box
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.analyse.box.destruction import destroy_key
from survey_app.answers.analyse.box.handing_out import write_sheets
from survey_app.answers.store.models import KeyName
from survey_app.answers.store.models import Staff as Statistician
from survey_app.answers.store.queries import find_campaign as find_box
from survey_app.config import Settings
from survey_app.crypto import passphrases, sealing
from survey_app.crypto.private_file import destroy_file
from survey_app.documents.closing import ClosingStatement
from survey_app.documents.design import CampaignDesign, Kind, Period, Stratum
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import campaign_file, extension, overview
from survey_app.identity.manage.campaigns import service as office
from survey_app.identity.manage.invitations import codes
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import Staff as Manager
from survey_app.identity.store.queries import find_campaign
from survey_app.storage import doctor
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared

_FILE = Path(__file__).with_suffix(".yaml")
LIVE_CAMPAIGN, PAST_CAMPAIGN = "demo", "demo-played"
_DAYS = 60


@dataclass(frozen=True)
class Accounts:
    """The demo's own secrets, made at first start and kept with the other secrets."""

    manager: str
    statistician: str
    keeper: str
    """The passphrase of the seal keeper's keys."""
    checker: str

    @classmethod
    def kept_in(cls, path: Path) -> "Accounts":
        """Read them, or make them."""
        if not path.exists():
            manager, statistician, checker = (secrets.token_urlsafe(9) for _ in range(3))
            accounts = cls(manager, statistician, passphrases.propose(), checker)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(json.dumps(asdict(accounts)))
        secrets_of = json.loads(path.read_text())
        of_later = (secrets_of.get(name, "") for name in ("keeper", "checker"))
        return cls(secrets_of["manager"], secrets_of["statistician"], *of_later)


@dataclass(frozen=True)
class Stores:
    """Both stores at once, as only a laptop has them."""

    settings: Settings
    identity: Database
    answers: Database

    @classmethod
    def of(cls, settings: Settings) -> "Stores":
        """Open both stores with their tables brought up to date."""
        return cls(settings, prepared(settings.of("manage")), prepared(settings.of("analyse")))

    @property
    def shares(self) -> Path:
        """Where the demo keeps the shares that three persons would take home."""
        return self.settings.instance / "demo-shares"

    def keeper_file(self, campaign: str) -> Path:
        """Where the demo keeps the seal keeper's key of a campaign."""
        return self.settings.instance / "demo-keeper" / f"{campaign}.key.txt"


def start(settings: Settings, accepted_findings: Collection[str]) -> None:
    """Load the demo if there is no campaign, and say where to go."""
    stores = Stores.of(settings)
    with stores.identity.read() as session:
        empty = not overview.all_campaigns(session)
    if empty:
        for site in ("manage", "analyse"):
            doctor.check(settings.of(site), accepted_findings)
        _load(stores, Accounts.kept_in(settings.instance / "demo.json"))
    _say_where_to_go(stores)


def _load(stores: Stores, accounts: Accounts) -> None:
    today = stores.settings.of("manage").today()
    with stores.identity.begin() as session:
        add_account(session, Manager, "manager", accounts.manager)
    with stores.answers.begin() as session:
        add_account(session, Statistician, "statistician", accounts.statistician)
        add_account(session, Statistician, "checker", accounts.checker, "checker")
    for campaign in (PAST_CAMPAIGN, LIVE_CAMPAIGN):
        _publish(stores, _design(campaign, today), accounts.keeper)
    _play(stores)
    _open(stores, accounts.keeper)


def _design(campaign: str, today: date) -> CampaignDesign[Stratum]:
    design = campaign_file.read(_FILE)
    period = Period(start=today - timedelta(days=365), end=today - timedelta(days=1))
    window = Period(start=today, end=today + timedelta(days=_DAYS))
    changes = {
        "campaign": campaign,
        "reference_period": period,
        "window": window,
        "latest_end": window.end + timedelta(days=_DAYS),
    }
    return design.model_copy(update=changes)


def _publish(stores: Stores, design: CampaignDesign[Stratum], passphrase: str) -> None:
    """Take a design through both stores until codes can be made."""
    manager = stores.settings.of("manage")
    keys = list(office.make_keys(design, manager.secret("issuer")))
    with stores.identity.begin() as session:
        office.create(session, design)
        manifest = office.fix(
            session,
            design.campaign,
            keys,
            office.Issuer.of(manager, design.campaign),
            two_managers=False,
        )
    key = sealing.generate_opening_key()
    write_sheets(stores.shares, design.campaign, key_shares.split(key))
    keeper_key = key_file.make(stores.keeper_file(design.campaign), passphrase)
    settings = stores.settings.of("analyse")
    box_keys = box.BoxKeys.of(settings, design.campaign, sealing.public_bytes(key), keeper_key)
    with stores.answers.begin() as session:
        published = box.accept(session, manifest.canonical(), box_keys)
    with stores.identity.begin() as session:
        office.publish(session, design.campaign, published.canonical())


def _play(stores: Stores) -> None:
    """Let invented respondents answer the played campaign, over HTTP as all do."""
    from survey_app.operate.rehearsal import rehearse

    keys = Keys.of(stores.settings.of("manage"))
    with stores.identity.begin() as session:
        manifest = office.published_manifest(session, PAST_CAMPAIGN)
        invited = codes.hand_out(session, keys, manifest)
    rng = random.Random(20)  # noqa: S311 - invented answers, the same in every demo
    questions = {
        stratum.id: (stratum.kind, manifest.questions(stratum)) for stratum in manifest.strata
    }
    rows = [
        {"code": invitation.code, **_answers(rng, *questions[invitation.stratum])}
        for invitation in invited
        if rng.random() < 0.8  # the others do not respond
    ]
    rehearse(stores.settings, PAST_CAMPAIGN, rows)


def _answers(rng: random.Random, kind: Kind, questions: Questionnaire) -> dict[str, str]:
    chance = 0.07 if kind == Kind.BUSINESS else 0.03
    answers = {
        item: rng.choices("1089", [chance, 0.95 - chance, 0.03, 0.02])[0]
        for item in questions.codes
    }
    answers[questions.screening.code] = rng.choices("10", [0.8, 0.2])[0]
    if questions.attention:
        answers[questions.attention.code] = str(int(questions.attention.expect))
    return answers


def _open(stores: Stores, passphrase: str) -> None:
    """Strip and open the played campaign as all parties do, then destroy their keys."""
    from survey_app.answers.analyse.box.opening import open_box, strip_box

    with stores.identity.begin() as session:
        closing_key = office.closing_key(stores.settings.of("manage"), PAST_CAMPAIGN)
        office.close(session, PAST_CAMPAIGN, closing_key)
        statement = find_campaign(session, PAST_CAMPAIGN).closing or b""
    statistician = stores.settings.of("analyse")
    grounds = Grounds(statistician.today(), ClosingStatement.read(statement))
    sheets = sorted(stores.shares.glob(f"{PAST_CAMPAIGN}.*"))
    keeper_file = stores.keeper_file(PAST_CAMPAIGN)
    keeper = key_file.recover(keeper_file, passphrase)
    strip_box(stores.answers, statistician.folder, PAST_CAMPAIGN, {}, keeper, grounds)
    private = key_shares.combine([sheet.read_text() for sheet in sheets])
    open_box(stores.answers, statistician.folder, PAST_CAMPAIGN, {}, private, grounds)
    for file in (*sheets, keeper_file):
        destroy_file(file)
    with stores.answers.begin() as session:
        for key in KeyName:
            destroy_key(session, PAST_CAMPAIGN, key, statistician.today(), None)
        root = find_box(session, PAST_CAMPAIGN).merkle_root or b""
    with stores.identity.begin() as session:
        office.record_root(session, PAST_CAMPAIGN, root)
    stores.identity.vacuum()


def _say_where_to_go(stores: Stores) -> None:
    base = f"http://127.0.0.1:{stores.settings.port}"
    demo = stores.settings.instance / "demo.json"
    click.echo(f"\nThe survey starts on {base}/\n")
    if demo.exists():
        accounts = Accounts.kept_in(demo)
        click.echo("Answer as a respondent (each link is good once):")
        for link in _links(stores):
            click.echo(f"  {link}")
        click.echo("\nStaff:")
        click.echo(f"  survey managers  {base}/manage/    manager / {accounts.manager}")
        click.echo(f"  statisticians    {base}/analyse/   statistician / {accounts.statistician}")
        if accounts.checker:
            click.echo(f"  releases' checker {base}/analyse/   checker / {accounts.checker}")
        click.echo(f"  results of a demo that was played: {base}/analyse/{PAST_CAMPAIGN}/")
        if stores.shares.exists():
            click.echo(f"  shares of the live demo's opening key: {stores.shares}/")
        if accounts.keeper:
            click.echo(f"  the seal keeper's key: {stores.keeper_file(LIVE_CAMPAIGN)}")
            click.echo(f"  its passphrase: {accounts.keeper}")
        if stores.settings.totp:
            click.echo("  The first sign-in sets up an authenticator app on your phone.")
            click.echo("  To look around without one: SURVEY_TOTP=off make run")
        click.echo()
    else:
        click.echo(f"Survey managers: {base}/manage/   statisticians: {base}/analyse/\n")


def _links(stores: Stores) -> list[str]:
    """Make a fresh code for each questionnaire of the live demo."""
    manager = stores.settings.of("manage")
    links = []
    try:
        with stores.identity.begin() as session:
            manifest = office.published_manifest(session, LIVE_CAMPAIGN)
            today = manager.today()
            manifest.check_days(today, extension.last_day(session, LIVE_CAMPAIGN, today).current)
            for kind in Kind:
                stratum = next(s.id for s in manifest.strata if s.kind == kind)
                card = codes.add_cards(session, Keys.of(manager), manifest, stratum, 1)[0]
                title = manifest.questionnaires[kind].text.title
                link = manifest.link(manager.respond_url, card.code, stratum)
                links.append(f"{title.zh} / {title.en}:\n    {link}")
    except SurveyError as error:
        return [f"(no further links: {error} Remove the folder instance/ to start the demo again.)"]
    return links
