"""How the survey was made: AAPOR's list in its order, from the manifest and the numbers."""

from datetime import date

from survey_app.answers.analyse.exports.methods import methods
from survey_app.answers.analyse.exports.report.provenance import Survey
from survey_app.answers.analyse.exports.tables import (
    tables,
)
from survey_app.answers.analyse.exports.transparency import TO_FILL
from survey_app.papers.typed_tables import (
    speaker,
)
from tests.answers.analyse.boxes import box, estimate, filled_sheet, sheet, three
from tests.sites import design

ORDER = [
    "Sponsor",
    "Conducted by",
    "Wording: External questionnaire",
    "Population and frame",
    "Sampling and recruitment",
    "Mode",
    "Field dates",
    "Sizes",
    "Weighting",
    "Quality checks",
    "Limitations",
]


def test_the_methods_have_the_list_in_its_order_and_leave_what_is_unknown_to_the_office():
    ballot_box = three([sheet()] * 20)
    survey = Survey(ballot_box.manifest, date(2026, 6, 30))
    lines = {label.en: text for label, text in methods(estimate(ballot_box), "1", survey=survey)}

    assert [label for label in lines if label in ORDER] == ORDER
    assert lines["Sponsor"] == TO_FILL
    assert lines["Conducted by"] == ballot_box.manifest.organiser
    assert lines["Field dates"].en.endswith(" – 2026-06-30")
    first = ballot_box.manifest.questionnaires[ballot_box.manifest.strata[0].kind].text.items[0]
    assert first.text.zh in lines["Wording: External questionnaire"].zh
    assert "valid n = 42" in lines["Sizes"].en


def test_persons_stand_by_stratum_and_a_sealed_one_by_its_name():
    plan = design()
    results = estimate(
        box({"north": [filled_sheet(plan, "north")] * 20}, plan, sealed={"office": 3})
    )
    quality = next(t for t in tables(results, "1", speaker(chinese=False)) if t.name == "quality")

    assert [(row[0], row[1]) for row in quality.rows if "sealed" in str(row[0])] == [
        ("office (sealed)", None),
        ("Internal questionnaire (sealed)", None),
    ]
    assert quality.rows[0][1] == plan.strata[0].population
