"""Pictures that can be read, by people and by machines."""

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from matplotlib.image import imread

from survey_app.answers.analyse.estimates.compute import wave_of
from survey_app.answers.analyse.estimates.waves import in_order
from survey_app.answers.analyse.exports import pictures
from survey_app.documents.results import Options, Rate
from tests.answers.analyse.boxes import box, filled_sheet, year
from tests.sites import design, questionnaires_of_0_1_0

SVG = "{http://www.w3.org/2000/svg}"


def wave(campaign, when, yes, sheets_each=20, **changes_of_design):
    plan = design(campaign, reference_period=year(when), **changes_of_design)
    contact, no_contact = filled_sheet(plan, "north", red_envelope=1), filled_sheet(plan, "north")
    sheets = {
        "north": [contact] * yes + [no_contact] * (sheets_each - yes),
        "south": [filled_sheet(plan, "south")] * sheets_each,
        "office": [filled_sheet(plan, "office")] * sheets_each,
    }
    return wave_of(box(sheets, plan), Options())


WAVES = in_order([wave("c", 2026, 6), wave("a", 2024, 2), wave("b", 2025, 4)])


@pytest.mark.parametrize("name", pictures.NAMES)
@pytest.mark.parametrize("chinese", [True, False])
def test_a_picture_is_real_text_in_the_named_font(name, chinese):
    subject = pictures.Subject(WAVES[2].results, WAVES, chinese)

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
    subject = pictures.Subject(WAVES[2].results, WAVES, chinese=True)

    assert pictures.pictures_of(subject) == list(pictures.NAMES)
    forest = pictures.table("forest", subject)
    assert forest.rows[0][:2] == ["Inspection 类", "15.0%"]
    for name in pictures.NAMES:
        table = pictures.table(name, subject)
        assert all(len(row) == len(table.head) for row in table.rows)


def test_a_picture_names_its_colours_its_lines_and_what_is_not_reliable():
    subject = pictures.Subject(WAVES[2].results, (), chinese=True)
    forest, heat = (pictures.draw(name, subject).decode() for name in ("forest", "items"))

    for words in ("业务岗位（外部问卷）", "非业务岗位（内部问卷）", "2% 中", "5% 较高", "10% 高"):
        assert words in forest
    assert "0.0%*" in heat
    assert "* 需复核或不可靠" in heat


def test_a_hidden_field_is_grey_and_not_coloured_as_0_percent():
    results = WAVES[2].results
    rates = tuple(
        Rate(*rate.key, hidden=True) if rate.item == "banquet" else rate for rate in results.rates
    )
    subject = pictures.Subject(replace(results, rates=rates), (), chinese=True)

    pixels = imread(io.BytesIO(pictures.raster("items", subject, dpi=40)))

    assert "隐去" in pictures.draw("items", subject).decode()
    assert (abs(pixels[..., :3] - 217 / 255) < 0.002).all(axis=2).sum() > 500


def test_a_picture_says_at_least_where_sheets_are_undetermined(results):
    subject = pictures.Subject(results, (), chinese=True)

    assert pictures.table("forest", subject).rows[0][1].startswith("至少 ")
    assert "至少".encode() in pictures.draw("forest", subject)


def test_a_wave_that_asked_other_items_is_marked_and_not_joined_to_the_others():
    earlier = wave("old", 2023, 1, questionnaires=questionnaires_of_0_1_0())
    subject = pictures.Subject(WAVES[2].results, [earlier, *WAVES], chinese=True)

    business, other = pictures.table("waves", subject).rows

    assert business[1:] == ["2.5%（题目不同）", "5.0%", "10.0%", "15.0%"]
    assert "题目不同" not in "".join(other)
    assert "fill: #ffffff; stroke" in pictures.draw("waves", subject).decode()


def test_a_campaign_without_sheets_can_be_drawn():
    empty = wave_of(box({}, sealed={"north": 1, "south": 0, "office": 2}), Options())
    subject = pictures.Subject(empty.results, [empty], chinese=True)

    for name in pictures.pictures_of(subject):
        assert pictures.draw(name, subject).startswith(b"<?xml")


@pytest.mark.parametrize("name", pictures.NAMES)
def test_a_picture_for_a_document_is_a_png_with_every_glyph(name):
    # a missing glyph is a warning, and a warning an error here
    png = pictures.raster(name, pictures.Subject(WAVES[2].results, WAVES, chinese=True), dpi=50)

    assert png.startswith(b"\x89PNG")
