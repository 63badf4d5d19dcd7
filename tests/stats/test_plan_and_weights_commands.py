import csv
import io
import json

import pytest

from stats.__main__ import main

DESIGN = "stratum,population\nE,4421\nM,1018\nH,755\n"
MARGINS = """variable,category,population
stype,E,4421
stype,M,1018
stype,H,755
sch.wide,No,1072
sch.wide,Yes,5122
"""
# R's apistrat by stratum and school-wide growth target: sheets, of them with an award.
SAMPLE = {
    "E,No": (9, 0),
    "E,Yes": (91, 73),
    "H,No": (24, 0),
    "H,Yes": (26, 16),
    "M,No": (15, 0),
    "M,Yes": (35, 24),
}
SHEETS = "stratum,sch.wide,awards,stype\n" + "".join(
    f"{cell},{int(at < yes)},{cell[0]}\n"
    for cell, (sheets, yes) in SAMPLE.items()
    for at in range(sheets)
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = {"design.csv": DESIGN, "margins.csv": MARGINS, "sheets.csv": SHEETS}

    def run(command, **texts):
        for name, text in {**files, **{f"{k}.csv": v for k, v in texts.items()}}.items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        code = main(command.split())
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


RAKE = "weights rake --design design.csv --sheets sheets.csv --margins margins.csv"


def test_raking_prints_a_weight_for_each_cell_and_how_it_converged(run):
    code, out, err = run(f"{RAKE} --format csv")

    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert err.startswith("Raking converged in 12 rounds")
    assert [(row["stratum"], row["sch.wide"], row["n"]) for row in rows[:2]] == [
        ("E", "No", "9"),
        ("E", "Yes", "91"),
    ]
    assert sum(int(r["n"]) * float(r["weight"]) for r in rows) == pytest.approx(6194)


def test_a_margin_of_crossed_variables_post_stratifies(run):
    # R 4.2.2, survey 4.5, record poststr_strat_joint, interval of method "beta".
    joint = "variable,category,population\n" + "".join(
        f"stype:sch.wide,{cell},{persons}\n"
        for cell, persons in (
            ("E:No", 472),
            ("H:No", 334),
            ("M:No", 266),
            ("E:Yes", 3949),
            ("H:Yes", 421),
            ("M:Yes", 752),
        )
    )

    code, out, _ = run(f"{RAKE} --item awards --interval beta --format json", margins=joint)

    (rates,) = json.loads(out)
    assert code == 0
    assert (rates["domain"], rates["item"], rates["n"], rates["df"]) == ("all", "awards", 200, 197)
    assert rates["rate"] == pytest.approx(0.636521341106423, rel=1e-9)
    assert rates["se"] == pytest.approx(0.0287726732595568, rel=1e-9)
    assert rates["low"] == pytest.approx(0.577121830299883, rel=1e-9)
    assert rates["high"] == pytest.approx(0.692991177074349, rel=1e-9)


def test_rates_under_raked_weights_are_printed_by_domain(run):
    # R 4.2.2, survey 4.1.1: svyby under calibrate(calfun = "raking").
    _, out, _ = run(f"{RAKE} --item awards --by stratum --format json")

    rates = {row["domain"]: (row["n"], row["rate"], row["se"]) for row in json.loads(out)}
    assert rates["E"] == pytest.approx((100, 0.729456898070966, 0.0402611075600345), rel=1e-9)
    assert rates["M"] == pytest.approx((50, 0.478811702423553, 0.0676659276882033), rel=1e-9)
    assert rates["H"] == pytest.approx((50, 0.318734362527549, 0.0645660042462681), rel=1e-9)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (
            {"margins": MARGINS + "stype,X,5\n"},
            "margins.csv, line 7, column category: The cell stype X is empty",
        ),
        (
            {"margins": MARGINS.replace("5122", "5123")},
            "margins.csv, line 5, column population: The margins do not agree",
        ),
        (
            {"margins": MARGINS.replace("stype,H,755\n", "")},
            "sheets.csv, line 102, column stype: Sheets have stype H",
        ),
        (
            {"margins": MARGINS.replace("755", "0")},
            "margins.csv, line 4, column population: 0 must be above 0",
        ),
        (
            {"margins": MARGINS.replace("755", "some")},
            "margins.csv, line 4, column population: 'some' is not a number",
        ),
        (
            {"margins": MARGINS + "stype,E,1\n"},
            "margins.csv, line 7, column category: stype E stands here a second",
        ),
        (
            {"margins": "variable,category\nstype,E\n"},
            "margins.csv, line 1, column population: there is no column",
        ),
        (
            {"margins": MARGINS.replace("stype", "type")},
            "sheets.csv, line 1, column type: there is no column",
        ),
        ({"sheets": ""}, "sheets.csv: the file is empty"),
        (
            {"sheets": SHEETS.split("\n")[0] + "\n"},
            "sheets.csv, line 1: there is a header and no row",
        ),
        (
            {"sheets": SHEETS + "E,No,7,E\n"},
            "sheets.csv, line 202, column awards: '7' is none of the codes",
        ),
        (
            {"sheets": SHEETS + "Q,No,1,E\n"},
            "sheets.csv, line 202, column stratum: 'Q' is no stratum of design.csv",
        ),
        ({"sheets": SHEETS + "E,No\n"}, "sheets.csv, line 202: 2 cells stand where the header"),
        ({"sheets": b"stratum,sch.wide,awards,stype\n\xff\n"}, "sheets.csv: this is not UTF-8"),
        (
            {"design": DESIGN.replace("755", "49")},
            "design.csv, line 4, column population: stratum 'H' has 50 sampled",
        ),
        (
            {"design": DESIGN.replace("755", "75.5")},
            "design.csv, line 4, column population: 75.5 is not a whole",
        ),
        (
            {"design": DESIGN + "E,3\n"},
            "design.csv, line 5, column stratum: E stands here a second",
        ),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_one_sentence(run, texts, sentence):
    code, out, err = run(f"{RAKE} --item awards", **texts)

    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_a_missing_file_is_refused(run):
    assert run(RAKE.replace("sheets.csv", "none.csv")) == (
        2,
        "",
        "none.csv: No such file or directory.\n",
    )


def test_a_size_is_printed(run):
    code, out, _ = run("plan size --population 1000 --margin 0.05 --response 0.4 --format json")

    (plan,) = json.loads(out)
    assert code == 0
    assert (plan["respondents"], plan["issued"]) == (278, 695)
    assert plan["extent"] == pytest.approx(0.05)
    assert plan["assurance"] >= 0.8


def test_the_size_that_detects_a_rate_is_printed(run):
    _, out, _ = run("plan size --detect 0.01 --format csv")

    assert out == "respondents,issued,probability\n299,299,0.95\n"


def test_a_size_that_cannot_be_is_refused(run):
    code, out, err = run("plan size --population 100 --margin 0.05 --response 0.5")

    assert (code, out) == (2, "")
    assert err == (
        "79 answers at a response rate of 0.5 take 158 persons, and there are only 100.\n"
    )


def test_an_allocation_is_printed(run):
    code, out, err = run("plan allocate --design design.csv --total 200 --format csv")

    assert code == 0
    assert out.splitlines()[1:] == ["E,4421,1.0,143,143", "M,1018,1.0,33,33", "H,755,1.0,24,24"]
    assert err.startswith("Standard error of the overall rate to expect: 0.0")


def test_an_allocation_reaches_an_overall_margin_and_names_a_thin_stratum(run):
    _, out, err = run(
        "plan allocate --design design.csv --margin 0.05 --method power --power 1 --rate-column p"
        " --format json",
        design="stratum,population,p\nE,4421,0.5\nM,1018,0.5\nH,755,0.01\n",
    )

    assert sum(row["respondents"] for row in json.loads(out)) > 150
    assert "in 80% of samples" in err


def test_a_thin_stratum_is_named_with_its_remedy(run):
    design = "stratum,population,p\nE,2681,0.5\nM,749,0.001\n"

    _, _, err = run(
        "plan allocate --design design.csv --total 400 --method neyman --rate-column p",
        design=design,
    )

    assert "Stratum M holds 22% of the persons and would be described by 7 sheets" in err
    assert "plan at least 20 there, or join it" in err


def test_a_percentage_where_a_share_belongs_is_refused_with_the_remedy(run):
    code, out, err = run("plan size --margin 5")

    assert (code, out) == (2, "")
    assert err == "The margin 5 is too great: it is a share, so give 0.05 for 5 %.\n"


def test_a_change_is_planned_by_its_power_and_a_size_says_what_it_shows(run):
    _, sizes, _ = run("plan change --population 2000 --from 0.08 --to 0.05 --format json")
    _, change, _ = run("plan change --population 2000 --from 0.08 --respondents 500 --format json")

    assert json.loads(sizes)[0]["second"] == 721
    assert json.loads(change)[0]["to"] == pytest.approx(0.0416)


def test_the_next_wave_is_planned_from_the_sheets_of_this_one(run):
    design = "stratum,population,issued\nE,4421,200\nM,1018,100\nH,755,50\n"

    _, out, err = run(
        "plan next --design design.csv --sheets sheets.csv --item awards --margin 0.05"
        " --format json",
        design=design,
    )

    _, any_contact, _ = run(
        "plan next --design design.csv --sheets sheets.csv --any --item awards --total 100"
        " --format json",
        design=design,
    )

    rows = json.loads(out)
    assert [row["rate"] for row in json.loads(any_contact)] == [row["rate"] for row in rows]
    assert [row["response"] for row in rows] == pytest.approx([0.5, 0.5, 1], abs=0.02)
    assert all(row["issued"] > row["respondents"] >= 10 for row in rows[:2])
    assert "Half the interval will be at most 0.0" in err


def test_the_next_wave_takes_each_stratums_design_effect_from_its_companies(run):
    sheets = "stratum,company,gift\n" + "".join(
        f"{stratum},{stratum}{at // size},{int(at % 16 < 4)}\n"
        for stratum, size in (("E", 4), ("M", 1))
        for at in range(80)
    )
    design = "stratum,population,effect\nE,1000,4\nM,1000,1\n"

    _, following, _ = run(
        "plan next --design design.csv --sheets sheets.csv --item gift --cluster company"
        " --total 150 --format json",
        design=design,
        sheets=sheets,
    )
    _, shared_out, _ = run(
        "plan allocate --design design.csv --deff-column effect --method neyman --total 150"
        " --format json",
        design=design,
    )

    assert [row["deff"] for row in json.loads(following)] == pytest.approx([4, 1])
    for rows in (json.loads(following), json.loads(shared_out)):
        assert [row["respondents"] for row in rows] == [100, 50]


def test_empty_lines_are_no_rows(run):
    code, out, _ = run("plan allocate --design design.csv --total 200", design=DESIGN + "\n\n")

    assert code == 0
    assert len(out.splitlines()) == 4


def test_rates_expected_may_stand_in_the_design(run):
    design = "stratum,population,guess\nE,1000,0.5\nM,1000,0.02\n"
    command = "plan allocate --design design.csv --total 64 --method neyman --rate-column guess"

    _, out, _ = run(f"{command} --format json", design=design)
    code, nothing, err = run(command, design=design.replace("0.02", "1"))

    assert [row["respondents"] for row in json.loads(out)] == [50, 14]
    assert (code, nothing) == (2, "")
    assert err == "design.csv, line 3, column guess: 1 is no rate below 1.\n"
