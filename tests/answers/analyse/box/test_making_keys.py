"""The opening key by the commands: handed out in shares, taken back, destroyed in the end."""

import stat

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from survey_app.__main__ import main
from survey_app.answers.analyse.box import handing_out, key_shares
from survey_app.answers.store.models import Campaign
from survey_app.crypto import key_files, sealing
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.errors import OpeningError
from tests.answers.analyse.boxes import MODULUS
from tests.installation import PASSPHRASE
from tests.manifests import OF_IDENTITY, closing_statement
from tests.old_key_files import old_file
from tests.sites import ballot, design, serving

KEY = sealing.generate_opening_key()
WORDS = key_shares.split(KEY)


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A folder to work in, with a manifest that was handed over; it calls the commands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    strata = [stratum.model_dump() | {"key": MODULUS} for stratum in design().strata]
    manifest = Manifest.model_validate(design().model_dump() | {"strata": strata} | OF_IDENTITY)
    (tmp_path / "spring.json").write_bytes(manifest.canonical())

    def call(*words, **options):
        return CliRunner().invoke(main, ["analyse", *words], **options)

    return call


def fill_the_box(folder):
    """Cast twelve ballots in each stratum of what was accepted."""
    with serving("analyse", folder / "instance") as site, site.extensions["store"].begin() as rows:
        published = parse(PublishedManifest, rows.get(Campaign, "spring").published)
        for stratum in ("north", "south", "office"):
            rows.add_all(ballot(published, stratum, set()) for _ in range(12))
    statement = closing_statement(published)
    (folder / "closing.json").write_bytes(statement.canonical())


def test_shares_in_files_open_the_box_until_the_key_is_destroyed(office, tmp_path):
    assert office("accept", "spring.json", "--no-keeper", "--shares-to", "shares").exit_code == 0
    fill_the_box(tmp_path)
    files = sorted((tmp_path / "shares").iterdir())
    too_early = office("destroy-key", "spring", "--yes")

    opening = office(
        *("open", "spring", "--statement", "closing.json"),
        *("--share", str(files[0]), "--share", str(files[2])),
    )
    unsure = office("destroy-key", "spring", input="n\n")
    destruction = office("destroy-key", "spring", input="y\n")
    again = office("destroy-key", "spring", "--yes")

    assert [file.name for file in files] == [f"spring.share-{number}.txt" for number in (1, 2, 3)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert files[0].read_text().startswith("# Share 1 of 3 of the opening key of spring. Any 2")
    assert not list((tmp_path / "instance").rglob("spring.key*"))
    assert "its keys are still needed" in too_early.output
    assert "Opened 36 of 36 ballots." in opening.output
    assert "analyse destroy-key spring" in opening.output
    assert unsure.exit_code == 1
    assert destruction.exit_code == 0
    assert again.exit_code == 2
    assert "destroy key\tspring\topening" in office("audit").output


def test_shares_are_typed_instead_of_taken_from_files(office, tmp_path):
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(pem)
    assert office("accept", "spring.json", "--no-keeper", "--key", "public.pem").exit_code == 0
    fill_the_box(tmp_path)

    opening = office(
        *("open", "spring", "--statement", "closing.json"), input=f"{WORDS[2]}\n{WORDS[1]}\n"
    )

    assert "Opened 36 of 36 ballots." in opening.output


def test_each_share_is_shown_until_it_is_typed_back(monkeypatch):
    typed_back = [WORDS[0], "one two three", WORDS[1].upper(), WORDS[2]]
    monkeypatch.setattr("click.prompt", lambda *_words, **_options: typed_back.pop(0))

    handing_out.show_in_turn("spring", WORDS)

    assert typed_back == []


def test_shares_are_not_written_over_others(tmp_path):
    handing_out.write_sheets(tmp_path, "spring", WORDS)

    with pytest.raises(OpeningError, match="already"):
        handing_out.write_sheets(tmp_path, "spring", key_shares.split(KEY))
    sheets = [file.read_text() for file in tmp_path.iterdir()]
    assert sealing.public_bytes(key_shares.combine(sheets)) == sealing.public_bytes(KEY)


def test_a_key_file_is_made_only_when_it_is_asked_for_and_says_what_it_costs(office, tmp_path):
    silent = office("accept", "spring.json", "--no-keeper", "--key", "spring.key.txt")
    weak = office(
        "accept", "spring.json", "--no-keeper", "--passphrase-key", input="12345678\n12345678\n"
    )
    unequal = office(
        "accept", "spring.json", "--no-keeper", "--passphrase-key", input="\n12345678\n"
    )

    answer = office(
        *("accept", "spring.json", "--no-keeper", "--passphrase-key", "--key", "spring.key.txt"),
        input=f"{PASSPHRASE}\n{PASSPHRASE}\n",
    )

    assert "--passphrase-key makes it" in silent.output
    assert "This passphrase is quickly guessed" in weak.output
    assert "not the same" in unequal.output
    assert "A passphrase that is not guessed: " in answer.output
    assert "one person opens the box alone" in answer.output
    assert answer.exit_code == 0
    key_files.recover((tmp_path / "spring.key.txt").read_bytes(), PASSPHRASE)


def test_an_old_key_file_is_written_anew_by_the_command_that_reads_it(office, tmp_path):
    file = tmp_path / "spring.p12"
    file.write_bytes(old_file(KEY, PASSPHRASE))

    answer = office(
        "accept", "spring.json", "--no-keeper", "--key", "spring.p12", input=f"{PASSPHRASE}\n"
    )

    assert answer.exit_code == 0
    assert "spring.p12 was of the old form" in answer.output
    key = key_files.recover(file.read_bytes(), PASSPHRASE)
    assert not key_files.is_old(file.read_bytes())
    assert sealing.public_bytes(key) == sealing.public_bytes(KEY)


def test_a_key_file_is_put_under_a_new_passphrase(tmp_path):
    file = tmp_path / "spring.p12"
    file.write_bytes(old_file(KEY, "12345678"))
    words = f"12345678\n{PASSPHRASE}\n{PASSPHRASE}\n"

    answer = CliRunner().invoke(main, ["rewrite-key", str(file)], input=words)

    assert answer.exit_code == 0
    key = key_files.recover(file.read_bytes(), PASSPHRASE)
    assert sealing.public_bytes(key) == sealing.public_bytes(KEY)
