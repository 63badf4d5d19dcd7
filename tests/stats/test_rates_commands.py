import json

import pytest

from stats.__main__ import main

DESIGN = "stratum,population,unit\nnorth,300,town\nsouth,200,country\n"
SHEETS = "stratum,gift,fee,dealt\n" + "north,1,0,yes\nnorth,0,8,no\nnorth,0,,yes\n" * 4
SHEETS += "south,0,1,yes\nsouth,0,9,no\nsouth,0,0,yes\n" * 3


@pytest.fixture
def files(tmp_path):
    def write(design=DESIGN, sheets=SHEETS):
        (tmp_path / "design.csv").write_text(design)
        (tmp_path / "sheets.csv").write_text(sheets)
        return ["--design", str(tmp_path / "design.csv"), "--sheets", str(tmp_path / "sheets.csv")]

    return write


def printed(capsys, *arguments):
    assert main([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_rates_of_items_and_any_contact_are_printed(files, capsys):
    rows = printed(capsys, "rates", *files(), "--item", "gift", "--item", "fee", "--any")

    assert [row["item"] for row in rows] == ["gift", "fee", "any"]
    assert [row["n"] for row in rows] == [21, 14, 21]
    assert rows[0]["rate"] == pytest.approx(300 / 500 * 4 / 12)
    assert all(row["low"] <= row["rate"] <= row["high"] for row in rows)
    assert all(row["outer_low"] <= row["lower"] <= row["outer_high"] for row in rows)


def test_any_contact_has_no_rate_among_answers(files, capsys):
    assert main(["rates", *files(), "--item", "fee", "--any", "--among", "answered"]) == 2
    out, err = capsys.readouterr()

    assert not out
    assert "no rate among answers" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("by", "domains"),
    [
        ("stratum", ["north", "south"]),
        ("unit", ["town", "country"]),
        ("dealt", ["yes", "no"]),
    ],
)
def test_rates_are_grouped_by_a_column_of_either_file(files, capsys, by, domains):
    rows = printed(capsys, "rates", *files(), "--item", "gift", "--by", by)

    assert [row["domain"] for row in rows] == domains


def test_domains_items_and_waves_are_compared(files, capsys):
    arguments = files()
    (domains,) = printed(capsys, "compare", *arguments, "--item", "gift", "--by", "dealt")
    (items,) = printed(capsys, "compare", *arguments, "--item", "gift", "--item", "fee")
    earlier = ["--against-design", arguments[1], "--against-sheets", arguments[3]]
    (waves,) = printed(capsys, "compare", *arguments, "--item", "gift", *earlier)

    assert (domains["first"], domains["second"]) == ("no", "yes")
    assert items["p"] == items["p_adjusted"]
    assert waves["estimate"] == 0
    assert waves["p"] == 1


def test_a_pair_without_a_ratio_leaves_the_others(files, capsys):
    design = "stratum,population\na,60\nb,60\nc,300\n"
    arguments = files(design, "stratum,gift\n" + "a,0\nb,0\nc,1\nc,0\n" * 12)
    compare = ("compare", *arguments, "--item", "gift", "--by", "stratum", "--measure", "ratio")

    assert main([*compare, "--format", "csv"]) == 0
    out, err = capsys.readouterr()

    assert [line[:3] for line in out.splitlines()[1:]] == ["c,a", "c,b"]
    assert err.startswith("b and a are not compared: the rates of 'b' and 'a' are both 0")


def test_json_is_strict_where_a_ratio_is_without_end(files, capsys):
    arguments = files("stratum,population\na,60\nb,60\n", "stratum,gift\n" + "a,0\nb,1\n" * 12)
    compare = ("compare", *arguments, "--item", "gift", "--by", "stratum", "--measure", "ratio")

    assert main([*compare, "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)

    assert (row["estimate"], row["high"]) == (None, None)
    assert row["low"] > 1


def test_an_association_is_tested(files, capsys):
    (row,) = printed(capsys, "chisq", *files(), "--item", "fee", "--by", "unit")

    assert 0 < row["p"] < 1


@pytest.mark.parametrize("form", ["table", "csv"])
def test_rates_are_printed_as_table_and_csv(files, capsys, form):
    assert main(["rates", *files(), "--item", "gift", "--format", form]) == 0
    assert "gift" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("design", "sheets", "words"),
    [
        (DESIGN, SHEETS + "east,1,1,no\n", ["sheets.csv", "line 23", "stratum", "'east'"]),
        (DESIGN, SHEETS + "south,7,1,no\n", ["sheets.csv", "line 23", "gift", "'7'"]),
        (DESIGN.replace("300", "5"), SHEETS, ["design.csv", "line 2", "population", "12 sheets"]),
        (DESIGN.replace("300", "x"), SHEETS, ["design.csv", "line 2", "population"]),
        (DESIGN.replace("population", "people"), SHEETS, ["design.csv", "population"]),
        (DESIGN, SHEETS.replace("gift", "present"), ["sheets.csv", "line 1", "gift"]),
        (DESIGN, "", ["sheets.csv", "empty"]),
        ("", SHEETS, ["design.csv", "empty"]),
        (DESIGN, "stratum,gift\n", ["sheets.csv", "header"]),
        (DESIGN + "east,9,x\n", SHEETS, ["design.csv", "line 4", "east", "no sheet"]),
        (DESIGN, SHEETS + "south,0\n", ["sheets.csv", "line 23"]),
    ],
)
def test_bad_input_is_one_sentence_and_no_result(files, capsys, design, sheets, words):
    assert main(["rates", *files(design, sheets), "--item", "gift"]) == 2
    out, err = capsys.readouterr()

    assert not out
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_sheets_of_companies_have_the_error_between_companies(files, capsys):
    # test_clusters.py's clusters, whose values are R's; every third sheet has had dealings
    yes, answers = [2, 0, 1, 0, 3, 1, 0, 2, 0], [4, 3, 1, 5, 3, 2, 2, 4, 1]
    cells = [
        f"{'A' if at < 5 else 'B'},firm {at},{int(sheet < yes[at])}"
        for at, size in enumerate(answers)
        for sheet in range(size)
    ]
    rows = [f"{cell},{'no' if at % 3 else 'yes'}\n" for at, cell in enumerate(cells)]
    arguments = files(
        "stratum,population\nA,300\nB,90\n", "stratum,firm,gift,dealt\n" + "".join(rows)
    )
    clustered = ("rates", *arguments, "--item", "gift", "--cluster", "firm")
    (row,) = printed(capsys, *clustered)
    domains = printed(capsys, *clustered, "--by", "dealt")

    assert (row["se"], row["deff_wr"]) == pytest.approx((0.162663845444083, 2.73862430491985))
    assert (row["df"], row["clusters"], row["interval"]) == (7, 9, "clustered")
    assert row["effective_size"] == pytest.approx(24 / 2.73862430491985)
    assert (domains[0]["domain"], domains[0]["df"]) == ("yes", 5)
    assert domains[0]["se"] == pytest.approx(0.168592038773402)
    assert main(list(clustered)) == 0
    out, err = capsys.readouterr()
    assert "effective_size" in out
    assert "9 clusters of 2.78 sheets" in err
    assert "correlation of 0.428" in err


@pytest.mark.parametrize(
    ("sheets", "further", "words"),
    [
        (SHEETS.replace("dealt\n", "firm\n").replace("yes\n", "\n"), [], "a sheet has no cluster"),
        (SHEETS.replace("dealt\n", "firm\n"), ["--weight", "fee"], "do not go together"),
    ],
)
def test_clusters_that_cannot_be_counted_are_refused(files, capsys, sheets, further, words):
    arguments = ["rates", *files(sheets=sheets), "--item", "gift", "--cluster", "firm", *further]

    assert main(arguments) == 2
    assert words in capsys.readouterr().err
