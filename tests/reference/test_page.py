"""docs/stats.md is what the docstrings say, and its examples print what it says."""

import doctest
import inspect
import re
from enum import Enum

import numpy as np
import pytest

import stats
from reference.docstrings import sections
from reference.page import PAGE, SUBJECTS, page, part
from stats import disclosure

EXAMPLES = re.findall(
    r"^###+ `([\w.]+)`$(?:(?!^###).)*?^```python\n(>>> .*?)^```$",
    PAGE.read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
NAMES = [name for subject in SUBJECTS for name in subject.parts]


def test_the_committed_page_is_what_the_docstrings_give():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make reference`"


def test_every_public_name_stands_on_the_page_once():
    assert sorted(name for name in NAMES if "." not in name) == sorted(stats.__all__)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isfunction(part(name))])
def test_every_function_has_an_example(name):
    assert "Examples" in sections(part(name))
    assert name in dict(EXAMPLES)


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_prints_what_the_page_says(name, text):
    names = {public: getattr(stats, public) for public in stats.__all__}
    names |= {"np": np, "disclosure": disclosure}
    example = doctest.DocTestParser().get_doctest(text, names, name, str(PAGE), 0)
    printed: list[str] = []
    failures = doctest.DocTestRunner(verbose=False).run(example, out=printed.append)

    assert failures.attempted
    assert not failures.failed, "".join(printed)


def test_enumerations_are_explained_member_by_member():
    text = PAGE.read_text(encoding="utf-8")
    for name in NAMES:
        enumeration = part(name)
        if isinstance(enumeration, type) and issubclass(enumeration, Enum):
            for member in enumeration:
                assert f"- `{member.name}` = `{member.value!r}`" in text


def test_links_to_the_methodology_lead_to_its_headings():
    methodology = (PAGE.parent / "methodology.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", methodology, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}

    assert {subject.methodology for subject in SUBJECTS} <= anchors
