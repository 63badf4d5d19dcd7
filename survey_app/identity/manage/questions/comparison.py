"""What a change of a questionnaire means for the comparison of waves, which goes by codes."""

from dataclasses import dataclass

from questionnaires import Questionnaire


@dataclass(frozen=True)
class ItemDifferences:
    """A questionnaire beside another one.

    Attributes
    ----------
    reworded
        Codes that both ask, in other words: waves are compared as if nothing had changed.
    only_here, only_there
        Codes of items that only the first asks, or only the second: waves are not compared.
    """

    reworded: tuple[str, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    same: bool

    @property
    def comparable(self) -> bool:
        """Whether the rates of any contact enter changes and trends."""
        return not self.only_here and not self.only_there


def differences(questionnaire: Questionnaire, earlier: Questionnaire) -> ItemDifferences:
    """Compare by the codes of the items, as waves are compared."""
    before = {item.code: item for item in earlier.asked}
    now, then = ({item.code for item in q.items} for q in (questionnaire, earlier))
    return ItemDifferences(
        tuple(
            item.code
            for item in questionnaire.asked
            if item.code in before and item.text != before[item.code].text
        ),
        tuple(item.code for item in questionnaire.items if item.code not in then),
        tuple(item.code for item in earlier.items if item.code not in now),
        questionnaire.digest == earlier.digest,
    )
