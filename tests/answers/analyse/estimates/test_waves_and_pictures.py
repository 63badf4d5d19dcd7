"""Waves compared, and pictures that can be read."""

import math
import xml.etree.ElementTree as ET

import pytest

from survey_app.answers.analyse.estimates.compute import results
from survey_app.answers.analyse.estimates.counts import count
from survey_app.answers.analyse.estimates.waves import changes, in_order
from survey_app.answers.analyse.exports import pictures
from survey_app.documents.results import Options
from tests.answers.analyse.boxes import box, filled_sheet, year
from tests.sites import design

SVG = "{http://www.w3.org/2000/svg}"


def wave(campaign, when, yes, of=20):
    plan = design(campaign, reference_period=year(when))
    contact, no_contact = filled_sheet(plan, "north", red_envelope=1), filled_sheet(plan, "north")
    sheets = {
        "north": [contact] * yes + [no_contact] * (of - yes),
        "south": [filled_sheet(plan, "south")] * of,
        "office": [filled_sheet(plan, "office")] * of,
    }
    return results(count(box(sheets, plan), "standard-1"), Options())


WAVES = in_order([wave("c", 2026, 6), wave("a", 2024, 2), wave("b", 2025, 4)])


def test_waves_stand_in_order_of_time():
    assert [results_of_year.campaign for results_of_year in WAVES] == ["a", "b", "c"]


def test_the_last_change_has_the_error_of_independent_samples():
    before, last = (
        results_of_year.rate("post_category/business/Inspection 类")
        for results_of_year in WAVES[1:]
    )

    change = changes(WAVES)[0].change

    assert change
    assert change.estimate == pytest.approx(0.05)
    assert change.se == pytest.approx(math.hypot(before.se or 0, last.se or 0))
    assert change.low < 0.05 < change.high


def test_there_is_a_trend_from_three_waves_on():
    assert changes(WAVES[1:])[0].trend is None
    trend = changes(WAVES)[0].trend
    assert trend
    assert trend.estimate == pytest.approx(0.05, rel=0.01)
    assert trend.p is not None


def test_rates_of_zero_have_a_change_with_an_interval():
    change = changes(WAVES)[1].change

    assert change
    assert change.estimate == 0
    assert change.low < 0 < change.high


@pytest.mark.parametrize("name", pictures.NAMES)
@pytest.mark.parametrize("chinese", [True, False])
def test_a_picture_is_real_text_in_the_named_font(name, chinese):
    subject = pictures.Subject(WAVES[2], WAVES, chinese)

    svg = pictures.draw(name, subject)

    root = ET.fromstring(svg)
    assert root.get("lang") == ("zh-CN" if chinese else "en")
    texts = list(root.iter(f"{SVG}text"))
    assert texts
    styles = " ".join(text.get("style") or "" for text in texts)
    assert "'Noto Sans CJK SC'" in styles
    words = "".join("".join(text.itertext()) for text in texts)
    expected = {"funnel": ("发放", "Issued")}.get(name, ("Inspection 类", "Inspection"))
    assert expected[0 if chinese else 1] in words
    assert pictures.draw(name, subject) == svg


def test_each_picture_has_a_table_that_says_the_same():
    subject = pictures.Subject(WAVES[2], WAVES, chinese=True)

    assert pictures.pictures_of(subject) == list(pictures.NAMES)
    forest = pictures.table("forest", subject)
    assert forest.rows[0][:2] == ["Inspection 类", "15.0%"]
    for name in pictures.NAMES:
        table = pictures.table(name, subject)
        assert all(len(row) == len(table.head) for row in table.rows)


def test_a_campaign_without_sheets_can_be_drawn():
    empty = results(
        count(box({}, sealed={"north": 1, "south": 0, "office": 2}), "standard-1"), Options()
    )
    subject = pictures.Subject(empty, [empty], chinese=True)

    for name in pictures.pictures_of(subject):
        assert pictures.draw(name, subject).startswith(b"<?xml")


@pytest.mark.parametrize("name", pictures.NAMES)
def test_a_picture_for_a_document_is_a_png_with_every_glyph(name):
    # a missing glyph is a warning, and a warning an error here
    png = pictures.raster(name, pictures.Subject(WAVES[2], WAVES, chinese=True), dpi=50)

    assert png.startswith(b"\x89PNG")
