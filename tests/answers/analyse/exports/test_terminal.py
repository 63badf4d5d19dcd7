"""The table for the terminal."""

from dataclasses import replace

from survey_app.answers.analyse.exports.terminal import rates_table


def test_a_share_is_written_as_on_the_pages(results):
    """23 of 80 is a tie: by GB/T 8170 it goes to the even digit."""
    tied = replace(results, rates=tuple(replace(rate, rate=23 / 80) for rate in results.rates))

    table = rates_table(tied)

    assert "28.8%" in table
    assert "28.7" not in table


def test_a_share_with_undetermined_sheets_is_written_as_the_least(results):
    rows = [line.split() for line in rates_table(results).splitlines()]

    assert all("≥" in row for row in rows if "any" in row and "–" not in row)
    assert not any("≥" in row for row in rows if "any" not in row)
