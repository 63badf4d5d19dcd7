"""The roles of the identity side's staff, and what its log says of them."""

from survey_app.accounts import audit
from survey_app.errors import N_

ROLES = {"manager": N_("manager"), "auditor": N_("auditor")}
KEEPING = frozenset({"manager"})
ACTIONS = {
    "create": N_("created the campaign"),
    "confirm": N_("confirmed the campaign's design"),
    "fix": N_("fixed the campaign's design"),
    "open": N_("fixed the campaign's design (first release)"),
    "publish": N_("published the manifest"),
    "invite": N_("made invitation codes"),
    "replace": N_("replaced lost codes"),
    "fetch": N_("fetched a list of codes"),
    "destroy list": N_("confirmed that a list of codes is printed or saved"),
    "ask list": N_("asked for a list of codes with names"),
    "confirm list": N_("confirmed a list of codes with names"),
    "drop list": N_("dropped a list of codes with names"),
    "extend": N_("extended the last day"),
    "pause": N_("paused the campaign"),
    "resume": N_("resumed the campaign"),
    "propose": N_("asked for a step that takes two managers"),
    "drop": N_("dropped a step that takes two managers"),
    "close": N_("closed the campaign"),
    "delete": N_("deleted the draft"),
    "archive": N_("archived the campaign"),
    "unarchive": N_("took the campaign out of the archive"),
    "root": N_("recorded the root over the receipts"),
    "change": N_("changed the plan"),
    "roster": N_("uploaded a roster"),
    "smaller roster": N_("drew from a roster smaller than the population"),
    "draw": N_("drew the sample"),
    "erase on": N_("set the day on which the persons are erased"),
    "erase": N_("erased the persons"),
    "mail": N_("had invitations mailed"),
    "mail again": N_("had invitations mailed again"),
    "dismiss": N_("took persons off the list of failed letters"),
    "remind": N_("had reminders mailed"),
    **audit.ACTIONS,
}
