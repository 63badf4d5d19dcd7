"""When two accounts count as two persons: not while one person holds what signs both in."""

from sqlalchemy.orm import Session

from survey_app.accounts.columns import StaffColumns
from survey_app.errors import N_, SurveyError


def are_two(session: Session, staff: type[StaffColumns], first: str, second: str) -> bool:
    """Tell whether two accounts are in the hands of two persons, as far as it is known.

    An account that another one made, or gave both a new password and leave to set up another
    authenticator, could have been entered by that one alone until another person confirms it.
    """
    return hand_of(session, staff, first) != hand_of(session, staff, second)


def check_two(session: Session, staff: type[StaffColumns], first: str, second: str) -> None:
    """Refuse two accounts that one person alone could hold.

    Raises
    ------
    SurveyError
        Names the account that has yet to be confirmed.
    """
    if not are_two(session, staff, first, second):
        account = second if hand_of(session, staff, second) != second else first
        raise SurveyError(
            N_(
                "“%(account)s” does not count as a second person yet: the account that made it "
                "could have signed in as it. Let a third person confirm it on the page of accounts,"
                " or the operator of the server by the command %(command)s."
            ),
            account=account,
            command=f"staff {account} --confirm",
        )


def hand_of(session: Session, staff: type[StaffColumns], name: str) -> str:
    """Name the account that could have signed in as this one: mostly itself."""
    account = session.get(staff, name)
    return (account.made_by if account else "") or name
