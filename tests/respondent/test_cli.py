"""``python -m survey_app respond``: files in, files out, and what it refuses."""

import pytest
from click.testing import CliRunner

from survey_app.__main__ import main
from tests.installation import read_csv

ITEMS = "dealings,red_envelope,banquet,favour_asked,kickback,gifted_shares,side_job,attention"
ANSWERS = "1,0,0,8,9,,1,0"


@pytest.fixture
def run(survey, tmp_path):
    """Run the command on a file's content; returns its exit code, words and receipts."""

    def respond(content, *options):
        source, receipts = tmp_path / "rows.csv", tmp_path / "receipts.csv"
        source.write_text(content, encoding="utf-8", newline="")
        files = ("--input", source, "--output", receipts)
        code, output, errors = survey.installation.run(
            *(
                "respond",
                "--base",
                survey.installation.base,
                "--campaign",
                "autumn",
                *files,
                *options,
            )
        )
        assert not receipts.with_name("receipts.csv.part").exists()
        return code, output + errors, read_csv(receipts)

    return respond


def test_rows_that_all_succeed_end_with_code_0(survey, run):
    first, second = survey.code(), survey.code("south").lower()
    content = f"\ufeffextra,code,{ITEMS}\r\nx,{first},{ANSWERS}\r\n,{second},{ANSWERS}\r\n"

    code, words, receipts = run(content, "--concurrency", "2")

    assert code == 0, words
    assert [row["code"] for row in receipts] == [first, second]
    assert all(len(row["receipt"]) == 64 and not row["error"] for row in receipts)
    assert "Answering" in words
    assert "2 receipts, 0 errors" in words


def test_rows_that_fail_have_a_sentence_each_and_end_with_code_1(survey, run):
    good, bad = survey.code(), survey.code()
    lines = [
        f"code,{ITEMS}",
        f"{good},{ANSWERS}",
        f"{good},{ANSWERS}",
        f"{bad},2,0,0,0,0,0,0,0",
        f"{bad},0,0",
        f"nonsense,{ANSWERS}",
        f",{ANSWERS}",
    ]

    code, words, receipts = run("\n".join(lines))

    assert code == 1, words
    assert [bool(row["receipt"]) for row in receipts] == [True, *[False] * 5]
    assert [row["error"] for row in receipts] == [
        "",
        "This code is not valid, or has been used already.",
        "“2” is not an answer to “dealings”: 1, 0, 8, 9 or nothing is.",
        "The row has no cell for “banquet”.",
        "This is not an invitation code.",
        "This is not an invitation code.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "rows.csv has no rows."),
        (f"code,{ITEMS}\n", "rows.csv has no rows."),
        (f"{ITEMS}\n{ANSWERS}\n", "The rows have no column “code”."),
        ("code,dealings,banquet\nx,1,0\n", "The rows lack items of every questionnaire"),
        (f"code,{ITEMS},code\nx,{ANSWERS},x\n", "rows.csv has the column “code” twice."),
        (f"code,{ITEMS}\nx,{ANSWERS},0\n", "rows.csv, line 2 has more cells than the header."),
        (f'code,{ITEMS}\n"x,{ANSWERS}\n', "rows.csv is not a CSV file in UTF-8."),
        ("code,题目\nx,是\n".encode("gb18030"), "rows.csv is not a CSV file in UTF-8."),
    ],
    ids=["empty", "no rows", "no code", "few items", "twice", "long", "quote", "gb18030"],
)
def test_a_file_that_cannot_be_played_is_refused_as_a_whole(survey, tmp_path, content, sentence):
    source, receipts = tmp_path / "rows.csv", tmp_path / "receipts.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    files = ["--input", str(source), "--output", str(receipts)]

    result = CliRunner(env={"LANG": "C"}).invoke(
        main, ["respond", "--base", survey.installation.base, "--campaign", "autumn", *files]
    )

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(sentence)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("C", "exists already: name another --output."), ("zh_CN.UTF-8", "已经存在")],
)
@pytest.mark.parametrize("name", ["receipts.csv", "receipts.csv.part"])
def test_receipts_are_not_written_over(survey, tmp_path, name, language, sentence):
    source, receipts = tmp_path / "rows.csv", tmp_path / "receipts.csv"
    source.write_text(f"code,{ITEMS}\n{survey.code()},{ANSWERS}\n", encoding="utf-8")
    (tmp_path / name).write_text("code,receipt,error\n", encoding="utf-8")
    files = ["--input", str(source), "--output", str(receipts)]

    result = CliRunner(env={"LANG": language}).invoke(
        main, ["respond", "--base", survey.installation.base, "--campaign", "autumn", *files]
    )

    assert result.exit_code == 2
    assert result.stderr.startswith(str(tmp_path / name))
    assert sentence in result.stderr
    assert (tmp_path / name).read_text(encoding="utf-8") == "code,receipt,error\n"
