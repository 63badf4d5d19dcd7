import json
from pathlib import Path

import numpy as np
import pytest

from stats import Among, Design, DesignError, MeanInterval, count_values, means
from stats.__main__ import main
from stats.bounded_means import limits
from stats.intervals import clopper_pearson

# Stratum, number and sheets; the script of R's values is r_means.R.
CELLS = {
    "A": {0: 31, 1: 5, 2: 2, 7: 1},
    "B": {0: 50, 1: 4, 3: 2, 4: 1, 12: 1},
    "C": {0: 10, 2: 2},
}
DESIGN = Design(["A", "B", "C"], [400, 900, 60], [39, 58, 12])
PLACE = np.concatenate([[at] * sum(cells.values()) for at, cells in enumerate(CELLS.values())])
OFTEN = np.concatenate(
    [np.repeat(list(cells), list(cells.values())) for cells in CELLS.values()]
).astype(float)
INSIDE = np.arange(len(OFTEN)) % 2 == 0
VALUES = count_values(PLACE, OFTEN, strata=3)


def estimated(values=VALUES, design=DESIGN, **options):
    (mean,) = means(design, values, **({"largest": 20} | options))
    return mean


@pytest.mark.parametrize(
    ("fpc", "among", "mean", "se", "low", "high", "total_se"),
    [
        (True, "everyone", 0.432022676444583, 0.155272938770225, 0.124178973212452,
         0.739866379676714, 211.171196727506),
        (True, "contacts", 2.71776205472169, 0.746679665987202, 1.12625201997454,
         4.30927208946883, 211.171196727507),
        (False, "everyone", 0.432022676444583, 0.160931727184381, 0.112959874797638,
         0.751085478091529, 218.867148970757),
        (False, "contacts", 2.71776205472169, 0.773772391063539, 1.06850524342261,
         4.36701886602077, 218.867148970758),
    ],
)  # fmt: skip
def test_means_errors_totals_and_t_intervals_are_those_of_r(
    fpc, among, mean, se, low, high, total_se
):
    ours = estimated(among=Among(among), fpc=fpc, interval=MeanInterval.MEAN)

    assert (ours.mean, ours.se) == pytest.approx((mean, se), rel=1e-9)
    assert (ours.low, ours.high) == pytest.approx((low, high), rel=1e-9)
    assert (ours.total, ours.total_se) == pytest.approx((587.550839964633, total_se), rel=1e-9)


def test_a_domain_that_cuts_through_strata_is_that_of_r():
    ours = estimated(count_values(PLACE, OFTEN, 3, within=INSIDE))

    assert (ours.mean, ours.se) == pytest.approx((0.564293826140822, 0.284869807080049), rel=1e-9)
    assert ours.total_se == pytest.approx(198.805345532415, rel=1e-9)


def test_limits_of_yes_and_no_are_those_of_clopper_and_pearson():
    yes, size = np.array([0.0, 1, 3, 25, 50]), np.full(5, 50.0)
    low, high = limits(np.array([0.0, 1.0]), np.array([size - yes, yes]), np.ones(5), (0, 1), 0.95)
    exact_low, exact_high = clopper_pearson(yes / size, size, 0.95)

    assert high == pytest.approx(exact_high, abs=1e-3)
    assert low == pytest.approx(exact_low, abs=1e-3)


def test_limits_are_quantiles_of_a_dirichlet_mean():
    numbers, counts = np.array([0, 1, 2, 5, 20.0]), np.array([30, 5, 3, 1, 1.0])
    shares = np.random.default_rng(3).dirichlet(np.append(counts, 1), 200_000)
    low, high = limits(numbers, counts[:, None], np.ones(1), (0, 60), 0.95)

    assert high[0] == pytest.approx(np.quantile(shares @ np.append(numbers, 60), 0.975), rel=0.01)
    assert low[0] == pytest.approx(np.quantile(shares @ np.append(numbers, 0), 0.025), rel=0.02)


def test_a_greater_possible_number_raises_the_upper_limit_alone():
    near, far = estimated(largest=12), estimated(largest=100)

    assert near.low == far.low
    assert near.high is not None
    assert far.high is not None
    assert near.high < far.high


def test_where_all_were_asked_the_mean_is_known():
    census = estimated(count_values([0] * 3, [0, 4, 2], 1), Design(["A"], [3], [3]))

    assert (census.low, census.mean, census.high) == (2, 2, 2)


def test_no_contact_at_all_leaves_an_upper_limit_for_all_and_no_mean_of_contacts():
    nothing, design = count_values([0] * 30, [0] * 30, 1), Design(["A"], [900], [30])
    everyone, contacts = (estimated(nothing, design, among=among) for among in Among)

    assert everyone.mean == everyone.low == 0
    # Clopper and Pearson's limit of 0 in 30 is 0.116 (with a finite population a little less).
    assert everyone.high == pytest.approx(20 * 0.1135, rel=0.02)
    assert (contacts.mean, contacts.low, contacts.n) == (None, None, 0)


def test_values_counted_in_parts_are_counted_as_one():
    parts = count_values(PLACE[:40], OFTEN[:40], 3) + count_values(PLACE[40:], OFTEN[40:], 3)

    assert parts.numbers.tolist() == VALUES.numbers.tolist()
    assert parts.sheets.tolist() == VALUES.sheets.tolist()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"largest": None}, "name the greatest number"),
        ({"largest": 11}, "12 was counted"),
        ({"level": 95}, "confidence level"),
    ],
)
def test_options_that_leave_no_interval_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        estimated(**options)


def test_more_sheets_than_respondents_are_refused():
    with pytest.raises(DesignError, match="'A' has 39 sheets"):
        estimated(design=Design(["A", "B", "C"], [400, 900, 60], [38, 58, 12]))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "design.csv").write_text("stratum,population\nA,400\nB,900\nC,60\n")
    rows = [
        f"{'ABC'[place]},{number:g},{'yes' if inside else 'no'}\n"
        for place, number, inside in zip(PLACE, OFTEN, INSIDE, strict=True)
    ]
    (tmp_path / "sheets.csv").write_text("stratum,often,half\n" + "".join(rows))
    return ["--design", str(tmp_path / "design.csv"), "--sheets", str(tmp_path / "sheets.csv")]


def test_the_command_prints_means_by_domain(files, capsys):
    arguments = ["means", *files, "--item", "often", "--largest", "20"]
    assert main([*arguments, "--by", "half", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)

    assert [row["domain"] for row in rows] == ["yes", "no"]
    assert rows[0]["se"] == pytest.approx(0.284869807080049, rel=1e-9)
    assert main([*arguments, "--among", "contacts"]) == 0
    assert "bounded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("further", "words"),
    [([], "name the greatest number"), (["--largest", "9"], "12 was counted")],
)
def test_the_command_names_what_it_lacks(files, capsys, further, words):
    assert main(["means", *files, "--item", "often", *further]) == 2
    assert words in capsys.readouterr().err


def test_the_command_tells_blank_from_no_answer(files, capsys):
    path = files[3]
    with Path(path).open("a") as sheets:
        sheets.write("A,,yes\nA,98,yes\nA,lots,yes\n")
    arguments = ["means", *files, "--item", "often", "--largest", "20", "--format", "json"]
    assert main([*arguments, "--missing=98,lots"]) == 0
    out, err = capsys.readouterr()

    assert json.loads(out)[0]["missing"] == 2
    assert "1 blank cells are taken as 0" in err
    assert main([*arguments, "--missing", "98"]) == 2
    assert "'lots' is no number" in capsys.readouterr().err
