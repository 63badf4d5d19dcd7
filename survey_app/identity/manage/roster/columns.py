"""Which column of an office's file is which: known headings, and the row they stand in."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "stratum": ("stratum", "stratumid", "层", "分层", "抽样层", "层编号", "层代码", "分层代码"),
    "unit": (
        *("单位", "单位名称", "所在单位", "工作单位", "所属单位", "部门", "部门名称", "所在部门"),
        *("处室", "科室", "机构", "unit", "department", "office", "organisation", "organization"),
    ),
    "category": (
        *("岗位", "岗位类别", "岗位名称", "所在岗位", "岗位类型", "职位", "涉及岗位"),
        *("postcategory", "post", "position", "category", "job"),
    ),
    "person": (
        *("person", "工号", "人员编号", "员工编号", "职工号", "警号", "编号", "身份证号"),
        *("身份证号码", "统一社会信用代码", "staffnumber", "staffno", "staffid", "id"),
        *("姓名", "联系人", "name", "fullname", "person'sname"),
    ),
    "address": (
        *("address", "email", "e-mail", "mail", "emailaddress", "邮箱", "电子邮箱", "邮箱地址"),
        *("电子邮件", "电子邮件地址"),
    ),
}
_HEADING_WORDS = frozenset(heading for headings in HEADINGS.values() for heading in headings)
_ASIDE = re.compile(r"[(（\[【].*|[*＊:：]+$")


@dataclass(frozen=True)
class Columns:
    """The names of a file's columns; those that a file does not have are empty.

    A stratum is named by its identifier, or else by its unit and post category. With
    ``fill_down`` an empty cell of these columns repeats the one above.
    """

    stratum: str = "stratum"
    person: str = "person"
    address: str = ""
    unit: str = ""
    category: str = ""
    fill_down: bool = False

    @property
    def of_stratum(self) -> tuple[str, ...]:
        """The columns that name the stratum."""
        pair = tuple(name for name in (self.unit, self.category) if name)
        return (self.stratum,) if self.stratum else pair

    @property
    def used(self) -> tuple[str, ...]:
        """All columns with a meaning."""
        return tuple(name for name in (*self.of_stratum, self.person, self.address) if name)


def plain(text: str) -> str:
    """Write a name without what no reader sees a difference in."""
    letters = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in letters if not c.isspace() and unicodedata.category(c) != "Cf")


def propose(header: Sequence[str]) -> Columns:
    """Propose the likely columns by their headings."""
    by_heading: dict[str, str] = {}
    for name in header:
        by_heading.setdefault(_ASIDE.sub("", plain(name)), name)
    likely = {
        column: next((by_heading[word] for word in headings if word in by_heading), "")
        for column, headings in HEADINGS.items()
    }
    if likely["stratum"]:
        return Columns(likely["stratum"], likely["person"], likely["address"])
    return Columns(fill_down=False, **likely)


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Find the row with the headings among the first rows, below titles.

    It is the first with two headings that are known, else the first that is as wide as the rows
    below it.
    """
    words = [sum(_ASIDE.sub("", plain(cell)) in _HEADING_WORDS for cell in row) for row in rows]
    if words and max(words) >= 2:
        return words.index(max(words))
    widths = [sum(map(bool, row)) for row in rows]
    usual = sorted(widths)[len(widths) // 2] if widths else 0
    return next((at for at, width in enumerate(widths) if 2 * width > usual), 0)
