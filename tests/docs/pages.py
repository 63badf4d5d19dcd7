"""The pages of the documentation, and the blocks in them that a reader would type."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.installation import ROOT

CHINESE = ".zh.md"
_BLOCK = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", flags=re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What stands in one fence, and what is written after its opening."""

    page: str
    kind: str
    text: str

    @property
    def language(self) -> str:
        return self.kind.partition(" ")[0]

    @property
    def note(self) -> str:
        """For shell ``server`` or ``host``; for other languages the name of the file shown."""
        return self.kind.partition(" ")[2]

    @property
    def code(self) -> list[str]:
        """The block's words without its comments, which each language has its own of."""
        lines = [re.sub(r"(^|\s)(#|--) .*", "", line) for line in self.text.splitlines()]
        return [" ".join(line.split()) for line in lines if line.strip()]


def pages() -> list[Path]:
    return sorted(
        [*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    )


def english() -> list[Path]:
    """Pages in the order in which a newcomer would work through them."""
    order = ["README.md", "survey-managers.md", "statisticians.md", "operations.md"]
    names = [page for page in pages() if not page.name.endswith(CHINESE)]
    return sorted(
        names, key=lambda page: (page.name not in order, [*order, page.name].index(page.name))
    )


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    matches = _BLOCK.findall(text)
    assert text.count("```") == 2 * len(matches), f"{page.name} has a fence that is not closed"
    return [
        Block(page.name, kind.strip(), re.sub(rf"^{indent}", "", body, flags=re.MULTILINE))
        for indent, kind, body in matches
    ]
