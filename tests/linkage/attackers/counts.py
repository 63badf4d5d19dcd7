"""An attacker who reads every page again after every event, and sees whether any count moved."""

import re
from collections.abc import Iterator, Sequence

from tests.installation import PASSPHRASE
from tests.linkage.insiders import SITES, Inside
from tests.linkage.measures import Tally
from tests.sites import csrf_token

_CHANGES_BY_ITSELF = re.compile(rb'(name="csrf_token"[^>]*value=")[^"]+|nonce="[^"]+"')


def attack(campaign: Inside, codes: Sequence[str], stratum: str) -> dict[str, Tally]:
    """Let one after the other answer; gives for each site how many answers moved something."""
    changes = dict.fromkeys(SITES, 0)
    pages = {site: dict(_pages(campaign, site)) for site in SITES}
    for code in codes:
        campaign.answer(code, stratum)
        again = {site: dict(_pages(campaign, site)) for site in SITES}
        for site in SITES:
            changes[site] += again[site] != pages[site]
        pages = again
    return {site: Tally(number, 0, len(codes)) for site, number in changes.items()}


def addresses(campaign: Inside, site: str) -> list[str]:
    """Give every address of a site that can be read and needs no more than a campaign."""
    rules = campaign.sites[site].url_map.iter_rules()
    return sorted(
        rule.rule.replace("<campaign>", campaign.campaign)
        for rule in rules
        if "GET" in (rule.methods or ()) and rule.arguments <= {"campaign"}
    )


def _pages(campaign: Inside, site: str) -> Iterator[tuple[str, bytes]]:
    for address in addresses(campaign, site):
        if "log" not in address:
            reply = campaign.client(site).get(address)
            yield address, b"%d " % reply.status_code + _steady(reply.data)
    if site == "analyse":
        yield "refusal of the opening", _steady(_refusal_of_the_opening(campaign))


def _steady(page: bytes) -> bytes:
    return _CHANGES_BY_ITSELF.sub(rb"\1", page)


def _refusal_of_the_opening(campaign: Inside) -> bytes:
    """Ask for an opening that cannot be: a stratum has no ballots."""
    client, address = campaign.client("analyse"), f"/{campaign.campaign}"
    token = csrf_token(client.get(f"{address}/box").text)
    fields = {"csrf_token": token, "sure": "yes", "passphrase": PASSPHRASE}
    return bytes(client.post(f"{address}/open", data=fields).data)
