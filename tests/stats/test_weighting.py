import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stats
from stats import BLANK, REFUSED, UNKNOWN
from stats.cells import Cells, WeightingError
from stats.design import DesignError
from stats.intervals import METHODS, Estimates, Interval
from stats.weighted_rates import weighted_rate, weighted_rates
from stats.weighting_classes import ClassWeights, TwoPhase
from stats.weights import Residuals, Weights, rake

R = json.loads((Path(__file__).parent / "r_weighting.json").read_text())["cases"]
INTERVALS = json.loads((Path(__file__).parent / "r_weighting_intervals.json").read_text())["ci"]

# Samples of Californian schools shipped with R's survey package, counted by school type,
# school-wide growth target and award; margins from all 6,194 schools.
TYPES = ("E", "E", "H", "H", "M", "M")
TARGETS = ("No", "Yes") * 3
BY_TYPE = {"E": 4421, "H": 755, "M": 1018}
BY_TARGET = {"No": 1072, "Yes": 5122}
JOINT = {"E:No": 472, "H:No": 334, "M:No": 266, "E:Yes": 3949, "H:Yes": 421, "M:Yes": 752}
CATEGORIES = {"stype": TYPES, "sch.wide": TARGETS}

# R 4.2.2, survey 4.5, svymean and svytotal of awards.
POSTSTR_SRS_STYPE = {
    "rate": 0.621277506035814,
    "se": 0.0323140961810077,
    "deff": 0.912609184216288,
    "deff_wr": 0.883141661316182,
    "df": 199,
    "total": 3848.19287238583,
    "total_se": 200.153511745162,
}
RAKE_SRS = {
    "rate": 0.628981615701864,
    "se": 0.0269207019326655,
    "deff": 0.63862647134036,
    "deff_wr": 0.618005661804023,
    "df": 199,
    "total": 3895.91212765735,
    "total_se": 166.74682777093,
}
POSTSTR_STRAT_JOINT = {
    "rate": 0.636521341106423,
    "se": 0.0287726732595568,
    "deff": 0.735827611651874,
    "deff_wr": 0.712068244146163,
    "df": 197,
    "total": 3942.61318681319,
    "total_se": 178.217938169694,
}
NR_MCAR_IN_STRATUM = {
    "rate": 0.081010101010101,
    "se": 0.0156954831843314,
    "deff": 0.899561033931949,
    "deff_wr": 0.857036330509712,
    "df": 257,
    "total": 445.555555555556,
    "total_se": 86.3251575138226,
}
NR_WCLASS_WEIGHTS_FIXED = {
    "rate": 0.0801515151515152,
    "se": 0.0161861945259637,
    "deff": 0.966034515580667,
    "deff_wr": 0.920367429389581,
    "df": 257,
    "total": 440.833333333333,
    "total_se": 89.1596194099831,
}

# A synthetic sample of 450 persons issued in 3 strata and 2 weighting classes.
ISSUED_STRATA = ("S1", "S1", "S2", "S2", "S3", "S3")
ISSUED_CLASSES = ("c1", "c2") * 3
ISSUED = np.array([60, 90, 50, 50, 120, 80])
RESPONDENTS = np.array([40, 50, 30, 20, 60, 60])
CONTACT = np.array([12, 5, 6, 3, 3, 2])


SRS = ((15, 127, 13, 12, 9, 24), (0, 101, 0, 9, 0, 14))
STRAT = ((9, 91, 24, 26, 15, 35), (0, 73, 0, 16, 0, 24))


def srs():
    return Cells.of({"all": 6194}, ["all"] * 6, CATEGORIES, SRS[0])


def strat():
    return Cells.of(BY_TYPE, TYPES, CATEGORIES, STRAT[0])


def respondents(classes=ISSUED_CLASSES):
    return Cells.of(
        {"S1": 1000, "S2": 500, "S3": 4000}, ISSUED_STRATA, {"class": classes}, RESPONDENTS
    )


def rate(weights, counts, **options):
    yes = np.array(counts)
    return weighted_rate(weights, yes, weights.cells.sheets - yes, **options)


def nested(classes):
    return [" ".join(pair) for pair in zip(ISSUED_STRATA, classes, strict=True)]


def class_rate(classes, method=TwoPhase.FULL):
    weights = ClassWeights.of(respondents(), issued=ISSUED, classes=classes, method=method)
    return weighted_rate(weights, CONTACT, RESPONDENTS - CONTACT)


def assert_as(record, estimate, tolerance=1e-9):
    for field, value in record.items():
        assert getattr(estimate, field) == pytest.approx(value, rel=tolerance), field


ESTIMATES = {
    "poststr_srs_stype": lambda **o: rate(rake(srs(), {"stype": BY_TYPE}), SRS[1], **o),
    "rake_srs": lambda **o: rate(
        rake(srs(), {"stype": BY_TYPE, "sch.wide": BY_TARGET}), SRS[1], **o
    ),
    "poststr_strat_joint": lambda **o: rate(
        rake(strat(), {"stype:sch.wide": JOINT}), STRAT[1], **o
    ),
    "nr_mcar_in_stratum": lambda **o: rate(rake(respondents(), {}), CONTACT, **o),
    "nr_wclass_weights_fixed": lambda **o: rate(
        Weights.known(
            respondents(),
            np.repeat([1000 / 150, 500 / 100, 4000 / 200], 2) * ISSUED / RESPONDENTS,
        ),
        CONTACT,
        **o,
    ),
}
RECORDS = {
    "poststr_srs_stype": POSTSTR_SRS_STYPE,
    "rake_srs": RAKE_SRS,
    "poststr_strat_joint": POSTSTR_STRAT_JOINT,
    "nr_mcar_in_stratum": NR_MCAR_IN_STRATUM,
    "nr_wclass_weights_fixed": NR_WCLASS_WEIGHTS_FIXED,
}


@pytest.mark.parametrize("record", RECORDS)
def test_r_records_of_weighted_means_are_reproduced(record):
    assert_as(RECORDS[record], ESTIMATES[record]())


@pytest.mark.parametrize("record", RECORDS)
def test_r_records_of_weighted_intervals_are_reproduced(record):
    estimate, comparisons = ESTIMATES[record](), 0
    # R's quasi-binomial fit stops at 1e-8, and its profile is interpolated.
    relative, absolute = {"logit": 1e-6}, {"likelihood": 1e-4}
    for case, name, level, low, high in INTERVALS:
        if case != record:
            continue
        method, normal, _ = name.partition("_dfInf")
        df = np.inf if normal else estimate.df
        values = (np.array([value]) for value in (estimate.rate, estimate.se**2, estimate.n, df))
        of = Estimates(*values)
        limits = np.ravel(METHODS[Interval(method)](of, level))
        expected = pytest.approx(
            [low, high], rel=relative.get(method, 1e-9), abs=absolute.get(method, 0.0)
        )
        assert limits == expected, name
        if not normal:
            same = ESTIMATES[record](interval=method, level=level)
            assert (same.low, same.high) == pytest.approx(tuple(limits))
        comparisons += 1

    assert comparisons == 11


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (
            lambda: rake(srs(), {"stype": BY_TYPE}),
            [31.1338028169014, 31.1338028169014, 30.2, 30.2, 30.8484848484848, 30.8484848484848],
        ),
        (
            lambda: rake(srs(), {"stype": BY_TYPE, "sch.wide": BY_TARGET}),
            [
                28.9107682980693,
                31.396365949251,
                29.0031026800532,
                31.4966387616708,
                29.033126743141,
                31.5292441377116,
            ],
        ),
        (
            lambda: rake(strat(), {"stype:sch.wide": JOINT}),
            [
                52.4444444444444,
                43.3956043956044,
                13.9166666666667,
                16.1923076923077,
                17.7333333333333,
                21.4857142857143,
            ],
        ),
    ],
    ids=["poststr_srs_stype", "rake_srs", "poststr_strat_joint"],
)
def test_r_records_of_cell_weights_are_reproduced(weights, expected):
    assert weights().weight == pytest.approx(expected, rel=1e-9)


def test_r_record_of_the_approximate_two_phase_variance_is_reproduced():
    estimate = class_rate(nested(ISSUED_CLASSES), TwoPhase.APPROXIMATE)

    assert_as({"rate": 0.0801515151515152, "se": 0.0162001333039202}, estimate)


@pytest.mark.parametrize(
    ("classes", "rate", "se"),
    [
        (nested(ISSUED_CLASSES), 0.0801515151515152, 0.01621971150979521),
        (ISSUED_CLASSES, 0.0800547070891270, 0.01592975350748262),
    ],
    ids=["within strata", "across strata"],
)
def test_r_agrees_on_the_full_two_phase_variance_if_respondents_are_sorted_first(classes, rate, se):
    # R 4.2.2, survey 4.1.1: twophase(method = "full") over rows sorted by respondents first.
    assert_as({"rate": rate, "se": se}, class_rate(classes))


def test_r_record_of_the_full_two_phase_variance_depends_on_the_order_of_rows():
    # R's Dcheck_subset looks the issued of each respondent's stratum up by its place among the
    # respondents, in a vector over all issued. With rows sorted by stratum all 260 respondents so
    # get the 150 issued of the first, and its first 50 or so rows of the second: the record
    # nr_twophase_full (0.0161056710438717) is that, and not to be reproduced.
    issued_of_row = np.repeat([150, 100, 200], [150, 100, 200])
    order = np.repeat(np.arange(6), RESPONDENTS)
    right = pairwise_se(np.array([150, 150, 100, 100, 200, 200])[order])
    misplaced = pairwise_se(issued_of_row[: RESPONDENTS.sum()])

    assert right == pytest.approx(class_rate(nested(ISSUED_CLASSES)).se, rel=1e-9)
    assert misplaced == pytest.approx(0.0161056710438717, rel=1e-9)


def pairwise_se(issued):
    """Sum over all pairs of respondents, row by row; ``issued`` of the stratum, by row."""
    rows = np.repeat(np.arange(6), RESPONDENTS)
    answers = np.concatenate(
        [np.repeat([1, 0], [y, n - y]) for y, n in zip(CONTACT, RESPONDENTS, strict=True)]
    )
    stratum = rows // 2
    first = np.array([0.15, 0.2, 0.05])[stratum]
    second = (RESPONDENTS / ISSUED)[rows]
    first_phase = np.equal.outer(stratum, stratum) * (-(1 - first) / (issued - 1))[:, None]
    second_phase = np.equal.outer(rows, rows) * (-(1 - second) / (RESPONDENTS[rows] - 1))[:, None]
    np.fill_diagonal(first_phase, 1 - first)
    np.fill_diagonal(second_phase, 1 - second)
    # R fills each row of a stratum's block with the values in row order, hence by columns.
    weight = 1 / (first * second)
    mean = np.average(answers, weights=weight)
    value = weight * (answers - mean) / weight.sum()
    return np.sqrt(value @ (first_phase + second_phase - first_phase * second_phase) @ value)


@pytest.mark.parametrize("case", R, ids=range(len(R)))
def test_random_designs_agree_with_r(case):
    population = case["population"]
    stratum, a, b = (list(labels) for labels in list(zip(*case["cells"], strict=True))[:3])
    counts = np.array([cell[3:] for cell in case["cells"]]).T
    cells = Cells.of(population, stratum, {"a": a, "b": b}, counts[0])
    persons = sum(population.values())
    of_a = dict(zip("uvw", persons * np.array([0.45, 0.33, 0.22]), strict=True))
    of_b = dict(zip("pq", persons * np.array([0.52, 0.48]), strict=True))
    single, raked_twice = rake(cells, {"a": of_a}), rake(cells, {"a": of_a, "b": of_b})
    estimate = {"ps0": weighted_rate(single, counts[1], counts[2], fpc=False)}
    for suffix, yes, no in (("", *counts[1:3]), ("_na", *counts[3:5])):
        estimate[f"ps{suffix}"] = weighted_rate(single, yes, no)
        estimate[f"ca{suffix}"] = weighted_rate(raked_twice, yes, no)
        estimate[f"rk{suffix}"] = weighted_rate(raked_twice, yes, no, residuals=Residuals.EQUAL)
    with_answers = Cells.of(population, stratum, {}, counts[5])
    classes = {"a": a, "b": b, "cell": [f"{h} {g}" for h, g in zip(stratum, b, strict=True)]}
    for name, method in ((n, m) for n in classes for m in TwoPhase):
        tag = f"tp_{name}_{method[:6]}"
        if f"{tag}.se" in case["r"]:
            weights = ClassWeights.of(
                with_answers, issued=counts[0], classes=classes[name], method=method
            )
            estimate[tag] = weighted_rate(weights, counts[6], counts[7])
    comparisons = 0
    for quantity, value in case["r"].items():
        tag, field = quantity.rsplit(".", 1)
        assert getattr(estimate[tag], field) == pytest.approx(value, rel=1e-9, abs=1e-12), quantity
        comparisons += 1

    assert comparisons == len(case["r"]) >= 56


@pytest.mark.parametrize(
    ("residuals", "errors"),
    [
        (Residuals.EQUAL, (0.0415442179487919, 0.0716499783784977, 0.0687435360155607)),
        (Residuals.DESIGN, (0.0402611075600345, 0.0645660042462681, 0.0676659276882033)),
    ],
)
def test_domains_under_raked_weights_agree_with_r(residuals, errors):
    # R 4.2.2, survey 4.1.1: svyby(~awards01, ~stype, ...) of apistrat under rake() with epsilon
    # 1e-13, and under calibrate(calfun = "raking").
    weights = rake(strat(), {"stype": BY_TYPE, "sch.wide": BY_TARGET})
    yes, types = np.array(STRAT[1]), np.array(TYPES)
    rates = (0.729456898070966, 0.318734362527549, 0.478811702423553)
    for name, value, se in zip("EHM", rates, errors, strict=True):
        within = types == name
        no = weights.cells.sheets - yes
        estimate = weighted_rate(weights, yes * within, no * within, residuals=residuals)
        assert_as({"rate": value, "se": se}, estimate)


def test_design_residuals_give_the_variance_of_repeated_samples_and_equal_ones_do_not():
    # Strata of 6,000 and 1,000, 150 sheets each; the item goes with the margin a in one, against
    # it in the other. Where base weights differ R's rake() overstates the variance.
    persons = np.array([2000, 1000, 1000, 2000, 100, 300, 400, 200])
    having = np.array([200, 100, 600, 1200, 80, 240, 40, 20])
    labels = [(h, a, b) for h in "ST" for a in "uv" for b in "pq"]
    stratum, a, b = (list(value) for value in zip(*labels, strict=True))
    margins = {"a": {"u": 3400, "v": 3600}, "b": {"p": 3500, "q": 3500}}
    random = np.random.default_rng(3)
    sample = np.concatenate(
        [
            random.multivariate_hypergeometric(
                np.stack([having, persons - having], axis=1)[part].ravel(), 150, 500
            ).reshape(500, 4, 2)
            for part in (slice(0, 4), slice(4, 8))
        ],
        axis=1,
    )
    estimate = []
    for yes, no in sample.transpose(0, 2, 1):
        cells = Cells.of({"S": 6000, "T": 1000}, stratum, {"a": a, "b": b}, yes + no)
        weights = rake(cells, margins, tolerance=1e-9)
        estimates = [weighted_rate(weights, yes, no, residuals=value) for value in Residuals]
        estimate.append([estimates[0].rate, *(value.se**2 for value in estimates)])

    rate, design, equal = np.array(estimate).T
    assert design.mean() / rate.var() == pytest.approx(1, abs=0.1)
    assert equal.mean() / rate.var() > 1.2


@st.composite
def samples(draw):
    counts = draw(st.lists(st.integers(2, 30), min_size=12, max_size=12))
    labels = [(h, a, b) for h in "ST" for a in "uvw" for b in "pq"]
    cells = Cells.of(
        {"S": draw(st.integers(300, 3000)), "T": draw(st.integers(300, 3000))},
        [h for h, _, _ in labels],
        {"a": [a for _, a, _ in labels], "b": [b for _, _, b in labels]},
        counts,
    )
    shares = draw(st.lists(st.floats(0.1, 1), min_size=5, max_size=5))
    persons = cells.population.sum()
    of_a = {k: persons * s / sum(shares[:3]) for k, s in zip("uvw", shares[:3], strict=True)}
    of_b = {k: persons * s / sum(shares[3:]) for k, s in zip("pq", shares[3:], strict=True)}
    return cells, {"a": of_a, "b": of_b}, [draw(st.integers(0, n)) for n in counts]


@settings(max_examples=30)
@given(samples())
def test_raking_meets_every_margin(sample):
    cells, margins, _ = sample

    weights = rake(cells, margins)

    assert (weights.weight > 0).all()
    for variable, totals in margins.items():
        labels = np.array(cells.labels(variable))
        for category, persons in totals.items():
            total = (weights.weight * cells.sheets)[labels == category].sum()
            assert total == pytest.approx(persons, rel=1e-10)


@settings(max_examples=30)
@given(samples())
def test_margins_themselves_are_estimated_without_error(sample):
    cells, margins, _ = sample
    labels = np.array(cells.labels("a"))

    estimate = rate(rake(cells, margins), np.where(labels == "u", cells.sheets, 0))

    assert estimate.rate == pytest.approx(margins["a"]["u"] / cells.population.sum())
    assert estimate.se < 1e-8


@settings(max_examples=30)
@given(samples())
def test_a_rate_and_its_complement_have_one_error(sample):
    cells, margins, yes = sample
    weights = rake(cells, margins)

    rate_of_yes, rate_of_no = rate(weights, yes), rate(weights, cells.sheets - yes)

    assert rate_of_yes.rate == pytest.approx(1 - rate_of_no.rate)
    assert rate_of_yes.se == pytest.approx(rate_of_no.se, abs=1e-12)


@settings(max_examples=25)
@given(samples())
def test_full_response_leaves_the_first_phase_alone(sample):
    cells, _, yes = sample

    no = cells.sheets - yes
    for method in TwoPhase:
        weights = ClassWeights.of(
            cells, issued=cells.sheets, classes=cells.labels("a"), method=method
        )
        estimate = weighted_rate(weights, yes, no)
        assert estimate.se == pytest.approx(weighted_rate(rake(cells, {}), yes, no).se)


def test_a_census_without_contact_is_known_to_have_none():
    census, sample = (Cells.of({"S": n}, ["S"], {}, [10]) for n in (10, 100))

    of_census, of_sample = (weighted_rate(rake(cells, {}), [0], [10]) for cells in (census, sample))

    assert (of_census.low, of_census.high) == (0, 0)
    # One minus 0.025 to the tenth root: Clopper and Pearson.
    assert (of_sample.low, of_sample.high) == pytest.approx((0, 1 - 0.025**0.1))


@pytest.mark.parametrize(
    ("margins", "sentence"),
    [
        ({"stype": {**BY_TYPE, "X": 5}}, "The cell stype X is empty"),
        ({"stype": {"E": 4421, "M": 1018}}, "Sheets have stype H, which the margin lacks"),
        ({"stype": {**BY_TYPE, "H": 0}}, "stype H must be above 0"),
        ({"stype": BY_TYPE, "sch.wide": {"No": 1, "Yes": 2}}, "The margins do not agree"),
        ({"colour": {"red": 1}}, "no variable colour"),
    ],
)
def test_margins_that_cannot_be_met_are_refused_by_name(margins, sentence):
    with pytest.raises(WeightingError, match=sentence):
        rake(srs(), margins)


def test_raking_that_does_not_converge_is_refused():
    # Only the diagonal cells have sheets, so that both margins fix the same weights differently.
    cells = Cells.of({"all": 100}, ["all"] * 2, {"a": "uv", "b": "pq"}, [5, 5])

    with pytest.raises(WeightingError, match="has not converged after 50 rounds"):
        rake(cells, {"a": {"u": 50, "v": 50}, "b": {"p": 40, "q": 60}}, rounds=50)


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [((1, 4), "'S' has 1 sampled"), ((200, 4), "'S' has 200 sampled out of 100 population")],
)
def test_impossible_strata_are_refused_by_name(sheets, sentence):
    with pytest.raises(DesignError, match=sentence):
        Cells.of({"S": 100, "T": 100}, ["S", "T"], {}, sheets)


def test_a_class_without_respondents_is_refused_by_name():
    cells = Cells.of({"S": 100}, ["S", "S"], {}, [5, 0])

    with pytest.raises(WeightingError, match="Class young has 0 respondents of 4"):
        ClassWeights.of(cells, issued=[5, 4], classes=["old", "young"])


def test_weights_that_are_not_positive_are_refused():
    with pytest.raises(DesignError, match="must be above 0"):
        Weights.known(srs(), 0)


def survey():
    """Sheets of two strata of two cells each, with every kind of answer to two items."""
    cells = np.repeat([0, 1, 2, 3], [14, 11, 17, 20])
    answers = np.random.default_rng(5).choice(
        [1, 0, UNKNOWN, REFUSED, BLANK], (62, 2), p=(0.3, 0.5, 0.07, 0.06, 0.07)
    )
    return cells, answers


def survey_cells():
    sheets = np.bincount(survey()[0])
    return Cells.of({"S": 300, "T": 900}, "SSTT", {"sex": ("f", "m") * 2}, sheets)


@pytest.mark.parametrize("denominator", stats.Denominator)
def test_base_weights_give_the_rates_of_the_stratified_sample(denominator):
    cells, answers = survey()
    contact = denominator != stats.Denominator.ANSWERED
    options = {
        "by": "stratum",
        "any_contact": contact,
        "denominator": denominator,
        "interval": stats.Interval.WILSON,
    }
    design = stats.Design("ST", [300, 900], [25, 37])
    unweighted = stats.rates(design, stats.count(cells // 2, answers, "xy", 2), **options)
    weighted = weighted_rates(
        rake(survey_cells(), {}), stats.count(cells, answers, "xy", 4), **options
    )

    assert len(weighted) == len(unweighted) == (6 if contact else 4)
    for ours, plain in zip(weighted, unweighted, strict=True):
        for field in ("domain", "item", "n", "yes", "unknown", "refused", "inapplicable", "df"):
            assert getattr(ours, field) == getattr(plain, field), field
        for field in ("rate", "se", "low", "high", "deff_wr", "total", "total_se"):
            assert getattr(ours, field) == pytest.approx(getattr(plain, field)), field
        for field in ("lower", "upper", "outer_low", "outer_high"):
            assert getattr(ours, field) == pytest.approx(getattr(plain, field)), field
        assert ours.presentation
        assert plain.presentation
        assert ours.presentation.decision == plain.presentation.decision


def test_rates_of_domains_are_those_of_their_answers_one_by_one():
    cells, answers = survey()
    weights = rake(survey_cells(), {"sex": {"f": 700, "m": 500}})
    counts = stats.count(cells, answers, "xy", 4)
    among = stats.Denominator.ANSWERED
    rates = weighted_rates(
        weights, counts, by="sex", items=["y"], any_contact=False, denominator=among, fpc=False
    )

    assert [estimate.domain for estimate in rates] == ["f", "m"]
    for estimate in rates:
        within = np.array(weights.cells.categories["sex"]) == estimate.domain
        yes, no = (np.where(within, column, 0) for column in counts.answers_to("y"))
        alone = weighted_rate(weights, yes, no, fpc=False)
        assert (estimate.rate, estimate.se, estimate.low) == (alone.rate, alone.se, alone.low)
        assert estimate.population == alone.population


def test_weighted_any_contact_is_refused_among_answers():
    cells, answers = survey()
    counts = stats.count(cells, answers, "xy", 4)

    with pytest.raises(ValueError, match="no rate among answers"):
        weighted_rates(rake(survey_cells(), {}), counts, denominator=stats.Denominator.ANSWERED)


def test_a_domain_without_answers_has_no_rate():
    cells, answers = survey()
    counts = stats.count(cells, np.where(cells[:, None] < 2, UNKNOWN, answers), "xy", 4)
    nothing = weighted_rates(rake(survey_cells(), {}), counts, by="stratum", any_contact=False)[0]

    assert (nothing.n, nothing.rate, nothing.se, nothing.presentation) == (0, None, None, None)
    assert (nothing.lower, nothing.upper, nothing.outer_low, nothing.outer_high) == (0, 1, 0, 1)


def test_a_negative_estimate_of_a_variance_gives_no_rate():
    # All 13 persons of S were issued; of those in class d one answered, for ten.
    classes = ("c", "d") * 2
    cells = Cells.of({"S": 13, "T": 12}, "SSTT", {"class": classes}, [3, 1, 3, 3])
    weights = ClassWeights.of(cells, issued=[3, 10, 3, 4], classes=classes)
    sheets = np.repeat([0, 0, 1, 2, 3], [1, 2, 1, 3, 3])
    counts = stats.count(sheets, [[0], [UNKNOWN], [UNKNOWN], *[[1]] * 7], ["x"], 4)

    with pytest.raises(stats.NoVarianceError, match="too few"):
        weighted_rate(weights, [0, 1, 3, 3], [1, 0, 0, 0])
    (rate_unknown,) = weighted_rates(weights, counts, any_contact=False)
    assert (rate_unknown.rate, rate_unknown.se, rate_unknown.low) == (None, None, None)
    assert (rate_unknown.n, rate_unknown.yes, rate_unknown.df) == (8, 7, 6)
    assert rate_unknown.total == pytest.approx(weights.weight @ [0, 1, 3, 3])


def test_weighted_rates_that_cannot_be_made_are_refused():
    cells, answers = survey()
    counts = stats.count(cells, answers, "xy", 4)
    classes = ClassWeights.of(survey_cells(), issued=[30] * 4, classes=list("abcd"))

    with pytest.raises(ValueError, match="finite population"):
        weighted_rates(classes, counts, fpc=False)
    with pytest.raises(ValueError, match="different cells"):
        weighted_rates(classes, stats.count(cells // 2, answers, "xy", 2))
    with pytest.raises(WeightingError, match="no variable age"):
        weighted_rates(classes, counts, by="age")
    with pytest.raises(WeightingError, match="level"):
        weighted_rates(classes, counts, level=95)


@pytest.mark.parametrize(
    ("yes", "requested", "method"),
    [
        (4, Interval.DEFAULT, Interval.NCHS),
        (4, Interval.EXACT, Interval.NCHS),
        (4, Interval.WILSON, Interval.WILSON),
        (0, Interval.WILSON, Interval.NCHS),
    ],
)
def test_the_interval_named_under_weights_is_the_one_used(yes, requested, method):
    cells = Cells.of({"city": 400}, ["city"] * 2, {"age": ["young", "old"]}, [20, 20])
    raked = rake(cells, {"age": {"young": 300, "old": 100}})
    counts = stats.count(np.repeat([0, 1], 20), (np.arange(40) < yes)[:, None], ["gift"], 2)

    (rate,) = weighted_rates(raked, counts, any_contact=False, interval=requested)
    assert rate.interval is method
    assert weighted_rate(raked, [yes, 0], [20 - yes, 20], interval=requested).interval is method
