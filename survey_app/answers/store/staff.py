"""The roles of the answers side's staff, and what its log says of them."""

from survey_app.accounts import audit
from survey_app.errors import N_

ROLES = {
    "statistician": N_("statistician"),
    "checker": N_("checker"),
    "auditor": N_("auditor"),
}
KEEPING = frozenset({"statistician", "checker"})
ACTIONS = {
    "accept": N_("accepted the manifest"),
    "extend": N_("took an extension of the last day in"),
    "close": N_("closed the box"),
    "strip": N_("took the seal keeper's seals off"),
    "open": N_("opened the box"),
    "destroy key": N_("destroyed a key of the box"),
    "release": N_("made a release"),
    "sign": N_("signed a release"),
    "reject": N_("rejected a release"),
    "withdraw": N_("withdrew a release"),
    "check": N_("computed a release again"),
    "take out": N_("took a release out as a file"),
    "export": N_("took results out as a file"),
    "token": N_("made a token of the API"),
    "revoke": N_("revoked a token of the API"),
    **audit.ACTIONS,
}
