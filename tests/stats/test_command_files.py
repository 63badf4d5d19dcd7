"""What the command reads, what it refuses with a remedy, and what it says of the results."""

import json

import pytest

from stats.__main__ import main

DESIGN = "stratum,population,unit\n北区,300,城\n南区,200,城\n东区,100,乡\n"
SHEETS = "stratum,id,gift,sex,weight\n" + "".join(
    f"{stratum},{stratum}{at},{int(at < 2)},{at % 2},{weight}\n"
    for stratum, weight in (("北区", 30), ("南区", 20), ("东区", 10))
    for at in range(10)
)
MARGINS = "variable,category,population\nsex,0,250\nsex,1,350\n"
RATES = "rates --design design.csv --sheets sheets.csv --item gift"
RAKE = "weights rake --design design.csv --sheets sheets.csv --margins margins.csv"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(command, design=DESIGN, sheets=SHEETS, margins=MARGINS):
        for name, text in (("design", design), ("sheets", sheets), ("margins", margins)):
            data = text if isinstance(text, bytes) else text.encode()
            (tmp_path / f"{name}.csv").write_bytes(data)
        code = main(command.split())
        out, err = capsys.readouterr()
        return code, out, err

    return run


def rows(run, command, **files):
    code, out, err = run(f"{command} --format json", **files)
    assert (code, bool(out)) == (0, True), err
    return json.loads(out), err


TABS, SEMICOLONS = SHEETS.replace(",", "\t"), SHEETS.replace(",", ";")


@pytest.mark.parametrize(
    ("sheets", "assumed"),
    [
        (SHEETS.encode("utf-8-sig"), ""),
        (SHEETS.encode("gb18030"), "as GB18030"),
        (("\ufeff" + SHEETS).encode("gb18030"), "as GB18030"),
        (TABS.encode("utf-16"), "as UTF-16 with cells separated by tabs"),
        (("\ufeff" + TABS).encode("utf-16-be"), "as UTF-16 with cells separated by tabs"),
        (SEMICOLONS, "with cells separated by semicolons"),
        (
            SEMICOLONS.replace("\n", "\r\n").encode("gb18030"),
            "as GB18030 with cells separated by semicolons",
        ),
        (TABS, "with cells separated by tabs"),
        ("sep=;\r\n" + SEMICOLONS, "with cells separated by semicolons"),
        ("\ufeffsep=|\n" + SHEETS.replace(",", "|"), "with cells separated by '|'"),
        ("sep=,\n" + SHEETS, ""),
        (SEMICOLONS.replace("北区;", '"北区";'), "with cells separated by semicolons"),
    ],
)
def test_sheets_are_read_as_spreadsheets_write_them(run, sheets, assumed):
    expected, nothing = rows(run, RATES)
    same, err = rows(run, RATES, sheets=sheets)

    assert nothing == ""
    assert same == expected
    assert err == (f"sheets.csv: read {assumed}.\n" if assumed else "")


def test_a_fault_in_another_encoding_is_named_by_its_line(run):
    sheets = "sep=;\n" + (SEMICOLONS + "南区;x;7;0;1\n")

    code, _, err = run(RATES, sheets=sheets.encode("gb18030"))

    assert code == 2
    assert "sheets.csv, line 33, column gift: '7' is none of 1, 0, 8, 9 and empty" in err


@pytest.mark.parametrize(
    ("command", "files", "sentence"),
    [
        (RATES, {"sheets": SHEETS.encode("utf-16-le")}, "save it as CSV UTF-8"),
        (RATES, {"sheets": SHEETS.encode() + b"\xff\n"}, "save it as CSV UTF-8"),
        (
            RATES,
            {"sheets": SHEETS.replace(",", "|")},
            "there is no column stratum; commas, semicolons or tabs separate columns",
        ),
        (
            RATES,
            {"design": DESIGN + "西区,150,乡\n"},
            "has no sheet in sheets.csv: join it to a neighbour (--collapse 西区=东区), or leave",
        ),
        (
            f"{RATES} --collapse 北区=西区",
            {},
            "--collapse 北区=西区 does not name two of its strata",
        ),
        (f"{RATES} --leave-out 西区", {}, "there is no stratum 西区 to leave out"),
        (f"{RATES} --leave-out 东区", {}, "line 22, column stratum: 东区 is left out"),
        (f"{RATES} --collapse 北区=南区 --collapse 南区=东区", {}, "cannot be joined to yet"),
        (
            f"{RATES} --id id",
            {"sheets": SHEETS.replace("南区3", "北区1")},
            "sheets.csv, line 15, column id: 北区1 stands here a second time",
        ),
        (f"{RATES} --id id", {"sheets": SHEETS.replace("南区3", "")}, "line 15, column id: id is"),
        (RATES, {"sheets": SHEETS + "北区,x,99,0,1\n"}, "--missing names other codes"),
        (f"{RATES} --missing 99,9", {}, "--missing 9: this code has its meaning already"),
        (f"{RATES} --missing 99=1", {}, "a code stands for blank, =8 or =9"),
        (
            RATES.replace("--item gift", ""),
            {},
            "name each item (--item), or all columns as items (--all-items): id, gift, sex",
        ),
        (f"{RATES} --level 95", {}, "--level 95: write 0.95 for 95 %."),
        (
            f"{RATES} --weight weight",
            {
                "sheets": SHEETS.replace(",30\n", ",1\n")
                .replace(",20\n", ",1\n")
                .replace(",10\n", ",1\n")
            },
            "(N/n); multiply each by 20.",
        ),
        (f"{RATES} --weight sex", {}, "sheets.csv, line 2, column sex: 0 must be above 0"),
        *(
            (
                RATES,
                {"design": DESIGN.replace("300", f'"{number}"')},
                "is not a number in plain digits",
            )
            for number in ("1_00", "nan", "３００", "3,000", "3e2", "+300", "300,0", "0x12c")
        ),
        (RATES, {"design": DESIGN.replace("300", "")}, "column population: population is empty."),
        (
            RATES,
            {"design": DESIGN.replace("北区", "")},
            "line 2, column stratum: stratum is empty.",
        ),
        (RATES, {"sheets": SHEETS + ",x,1,0,1\n"}, "line 32, column stratum: stratum is empty."),
        (
            RAKE,
            {"margins": MARGINS.replace("250", "2500").replace("350", "3500")},
            "margins.csv, line 2, column population: The margin of sex sums to 6000, and",
        ),
        (
            RAKE,
            {
                "margins": "variable,category,population\nstratum,北区,100\n"
                "stratum,南区,200\nstratum,东区,300\n"
            },
            "margins.csv, line 2, column category: The margin of stratum 北区 is 100, and the",
        ),
        (
            RAKE,
            {
                "margins": "variable,category,population\n"
                + "".join(
                    f"stratum:sex,{name}:{sex},{persons}\n"
                    for name, persons in (("北区", 150), ("南区", 50), ("东区", 100))
                    for sex in "01"
                )
            },
            "The margin of stratum 南区 is 100, and the design has 200 persons there.",
        ),
        (
            RAKE,
            {"sheets": SHEETS + "北区,x,1,,1\n"},
            "sheets.csv, line 32, column sex: sex is empty",
        ),
        (
            RAKE,
            {"margins": MARGINS + "sex,,5\n"},
            "margins.csv, line 4, column category: category is",
        ),
        (RAKE, {"design": DESIGN + "西区,150,乡\n"}, "(--collapse 西区=东区)"),
    ],
)
def test_what_would_mislead_is_refused_with_its_remedy(run, command, files, sentence):
    code, out, err = run(command, **files)

    assert (code, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize("verb", ["rates", "compare --by sex", "chisq --by sex"])
def test_persons_who_are_not_represented_are_printed(run, verb):
    design = DESIGN + "西区,150,乡\n"
    command = RATES.replace("rates", verb)

    (left_out, *_), err = rows(run, f"{command} --leave-out 西区", design=design)
    (joined, *_), nothing = rows(run, f"{command} --collapse 西区=东区", design=design)

    assert err == "design.csv: 150 persons are not represented, those of 西区.\n"
    assert (left_out["not_represented"], joined["not_represented"], nothing) == (150, 0, "")


def test_a_joined_stratum_counts_with_its_neighbour(run):
    design = DESIGN + "西区,150,乡\n"
    joined, _ = rows(run, f"{RATES} --by stratum --collapse 西区=东区", design=design)

    assert [(row["domain"], row["population"]) for row in joined] == [
        ("北区", 300),
        ("南区", 200),
        ("东区", 250),
    ]


def test_a_wave_may_have_joined_strata_that_the_other_lacks(run, tmp_path):
    for name, text in (("earlier", DESIGN + "西区,150,乡\n"), ("earlier-sheets", SHEETS)):
        (tmp_path / f"{name}.csv").write_text(text)
    earlier = "--against-design earlier.csv --against-sheets earlier-sheets.csv"
    command = f"compare{RATES.removeprefix('rates')} {earlier}"

    (joined,), _ = rows(run, f"{command} --collapse 西区=东区")
    (left_out,), err = rows(run, f"{command} --leave-out 西区")

    assert (joined["not_represented"], left_out["not_represented"]) == (0, 150)
    assert err.startswith("earlier.csv: 150 persons")


def test_codes_of_other_houses_are_read_as_they_are_named(run):
    sheets = SHEETS + "北区,x,99,0,1\n北区,y,-9,0,1\n北区,z,NA,0,1\n"

    (rate,), _ = rows(run, f"{RATES} --among answered --missing=-9=8,99=9,NA", sheets=sheets)

    assert (rate["unknown"], rate["refused"], rate["inapplicable"], rate["n"]) == (1, 1, 1, 30)


def test_every_column_is_an_item_only_if_asked_for(run):
    command = RATES.replace("--item gift", "--all-items --id id --weight weight")

    items, _ = rows(run, command)

    assert [row["item"] for row in items] == ["gift", "sex"]


def test_weights_that_the_sheets_have_are_used_and_described(run):
    sheets = SHEETS.replace("北区,北区0,1,0,30", "北区,北区0,1,0,57").replace(
        "北区,北区9,0,1,30", "北区,北区9,0,1,3"
    )

    (weighted,), err = rows(run, f"{RATES} --weight weight", sheets=sheets)
    (own,), _ = rows(run, RATES, sheets=sheets)
    by, _ = rows(run, f"{RATES} --weight weight --by unit", sheets=sheets)
    cut, _ = rows(run, f"{RATES} --weight weight --by sex", sheets=sheets)

    assert (own["rate"], own["interval"]) == (pytest.approx(0.2), "tested")
    assert weighted["rate"] == pytest.approx((57 + 30 + 40 + 20) / 600)
    assert weighted["interval"] == "nchs"
    assert "Weights lie between 3 and 57; Kish's effect is 1.28" in err
    assert "largest weight is 19 times the smallest" in err
    assert weighted["weight_max"] == 57
    assert [(row["domain"], row["n"]) for row in by] == [("城", 20), ("乡", 10)]
    assert [row["domain"] for row in cut] == ["0", "1"]


def test_equal_weights_give_the_rate_of_the_design(run):
    (weighted,), _ = rows(run, f"{RATES} --weight weight")
    (own,), _ = rows(run, RATES)

    for name in ("rate", "se", "total", "total_se", "df", "n"):
        assert weighted[name] == pytest.approx(own[name]), name


@pytest.mark.parametrize("shares", [("0.4", "0.6"), ("40", "60"), ("39.9", "59.9")])
def test_margins_that_are_shares_are_scaled_and_said(run, shares):
    margins = MARGINS.replace("250", shares[0]).replace("350", shares[1])

    (rate,), err = rows(run, f"{RAKE} --item gift", margins=margins)

    assert "the margin of sex sums to" in err
    assert "shares of 600 persons" in err
    assert rate["population"] == pytest.approx(600)


def test_the_spread_of_raked_weights_is_said(run):
    margins = MARGINS.replace("250", "25").replace("350", "575")

    (rate,), err = rows(run, f"{RAKE} --item gift", margins=margins)

    assert "Kish's effect is" in err
    assert "Warning: the largest weight is" in err
    assert rate["weight_max"] / rate["weight_min"] > 20
    assert rate["kish"] > 1.5
