"""Records of R's package survey, and their sheets as this library takes them."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import stats
from stats import BLANK, Design, Interval, Lonely, count

RECORDS = json.loads((Path(__file__).parent / "r_rates.json").read_text())
STRATA = {record["case"]: record["strata"] for record in RECORDS["records"] if "strata" in record}
POPULATION = {"apistrat": "fpc", "waves": "fpc", "contact_small": "N", "contact_issued": "N"}
STRATUM = {
    "waves": "st2",
    "apistrat": "stype",
    "contact_small": "stratum",
    "contact_issued": "stratum",
}


def records(*kinds):
    return [record for record in RECORDS["records"] if record["what"] in kinds]


def name(record):
    keys = ("case", "what", "var", "filter", "expr", "method", "level", "row", "col", "statistic")
    return " ".join(str(record[key]) for key in keys if record.get(key))


@cache
def rows(dataset):
    """Return a data set's columns, one entry a sheet."""
    table = RECORDS["columns"][dataset]
    sheets = [dict(zip(table["names"], row, strict=True)) for row in table["rows"]]
    return [sheet for sheet in sheets for _ in range(int(sheet["sheets"]))]


class Sample:
    """The sheets of a record, and their design."""

    def __init__(self, record, lonely=None, *, only=lambda sheet: True):
        self.dataset = record["dataset"]
        column = STRATUM[self.dataset]
        sheets = [sheet for sheet in rows(self.dataset) if only(sheet)]
        if record["case"] in STRATA:
            sheets = [sheet for sheet in sheets if sheet[column] in STRATA[record["case"]]]
        if record["case"].startswith("nr_"):
            sheets = [sheet for sheet in sheets if sheet["resp"] == "1"]
        self.sheets = sheets
        self.names = sorted({sheet[column] for sheet in sheets})
        self.place = np.array([self.names.index(sheet[column]) for sheet in sheets])
        population = {sheet[column]: int(sheet[POPULATION[self.dataset]]) for sheet in sheets}
        self.fpc = "nofpc" not in record["case"]
        self.design = Design(
            self.names,
            [population[stratum] for stratum in self.names],
            np.bincount(self.place),
            lonely=Lonely(lonely or "fail"),
        )

    def column(self, variable):
        return np.array([int(sheet[variable]) for sheet in self.sheets], np.int8)

    def within(self, condition):
        """Read R's ``column==value``."""
        if not condition:
            return None
        column, value = condition.split("==")
        return np.array([sheet[column] == value for sheet in self.sheets])

    def count(self, variable, condition=""):
        answers = self.column(variable)[:, None]
        within = self.within(condition)
        return count(self.place, answers, [variable], len(self.names), within=within)

    def masked(self, variable, column, value):
        inside = np.array([sheet[column] == value for sheet in self.sheets])
        return np.where(inside, self.column(variable), BLANK)


LONELY = ("fail", "remove", "certainty", "adjust", "average")


def sample(record):
    option = record["case"].rpartition("_")[2]
    return Sample(record, option if option in LONELY else None)


@cache
def _estimate(case, dataset, variable, condition, method, level):
    of = sample({"case": case, "dataset": dataset})
    counts = of.count(variable, condition)
    (rate,) = stats.rates(
        of.design,
        counts,
        any_contact=False,
        denominator=stats.Denominator.ANSWERED,
        interval=method,
        level=level,
        fpc=of.fpc,
    )
    return rate


def estimate(record, method=Interval.DEFAULT):
    condition, level = record.get("filter", ""), record.get("level", 0.95)
    return _estimate(record["case"], record["dataset"], record["var"], condition, method, level)


def same(ours, r):
    return ours == pytest.approx(r, rel=1e-9, abs=1e-15)


def vector(record):
    """Estimate the rates of the two domains that a contrast names."""
    if record["case"] == "waves_fpc":
        waves = []
        for wave in ("w1", "w2"):
            sheets = Sample(record, only=lambda sheet, wave=wave: sheet["wave"] == wave)
            joint = stats.join_domains({wave: sheets.count(record["var"])}, record["var"])
            waves.append(stats.joint_rates(sheets.design, joint))
        return stats.independent(*waves)
    of = sample(record)
    column = {"yrx": "yr_rnd01"}.get(record["by"], record["by"])
    values = sorted({sheet[column] for sheet in of.sheets})
    counts = {
        {"yrx": {"0": "yrNo", "1": "yrYes"}}.get(record["by"], {}).get(value, value): of.count(
            record["var"], f"{column}=={value}"
        )
        for value in values
    }
    joint = stats.join_domains(counts, record["var"])
    return stats.joint_rates(of.design, joint, fpc=of.fpc)
