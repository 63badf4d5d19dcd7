"""A manager who holds nine of ten codes casts nine known ballots: what is left is the tenth's."""

from collections.abc import Sequence

from tests.linkage.insiders import Inside
from tests.linkage.measures import Tally


def attack(campaign: Inside, codes: Sequence[str], stratum: str) -> Tally:
    """Cast all but one ballot, let the victim answer, open, and subtract; counts items."""
    victim, *own = codes
    questions = campaign.published.manifest.questions(campaign.stratum(stratum))
    answers = dict(zip(questions.codes, [1, *(n % 2 for n in range(1, 100))], strict=False))
    for code in own:
        campaign.answer(code, stratum)
    campaign.answer(victim, stratum, bytes(answers.values()))
    campaign.installation.close_and_open(campaign.campaign)
    yes = {
        row["item"]: row["yes"]
        for row in campaign.installation.rates(campaign.campaign)
        if row["item"] in answers and row["denominator"] == "valid" and row["yes"]
    }
    right = sum(int(number) == answers[item] for item, number in yes.items())
    items = len(questions.codes) - 1  # the screening question has no rate
    return Tally(right, items / 2, items)
