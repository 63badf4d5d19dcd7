"""Staff of one side: accounts, signing in, roles, and the log of what they did.

Each store's models declare tables of their own from the columns here, and nothing more::

    class Staff(IdentityBase, StaffColumns):
        \"\"\"A survey manager's account.\"\"\"

        __tablename__ = "staff"
        ROLES = {"manager": N_("manager"), "auditor": N_("auditor")}
        AUDIT, LOCKOUT = Audit, Lockout

There are no addresses or e-mail in them, no registration, and no reset by mail. The only times are
the minutes of the log.
"""

from survey_app.accounts.actor import Actor, acting, acting_as
from survey_app.accounts.columns import AuditColumns, LockoutColumns, StaffColumns
from survey_app.accounts.staff import add_account, ask_password

__all__ = [
    "Actor",
    "AuditColumns",
    "LockoutColumns",
    "StaffColumns",
    "acting",
    "acting_as",
    "add_account",
    "ask_password",
]
