"""The commands that both staff sides have: accounts, and the log."""

from collections.abc import Callable
from pathlib import Path

import click

from survey_app.accounts import audit, keeping, lockout
from survey_app.accounts.columns import StaffColumns
from survey_app.accounts.staff import add_account, ask_password, give_role, normal, reset_totp
from survey_app.config import SiteSettings
from survey_app.errors import N_, InputError
from survey_app.storage.database import Database

Store = Callable[[], tuple[Database, SiteSettings]]
_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_commands(group: click.Group, store: Store, staff: type[StaffColumns]) -> None:
    """Add ``staff`` and ``audit`` to a side's commands."""
    group.add_command(_staff_command(store, staff))
    group.add_command(_audit_command(store, staff))


def _staff_command(store: Store, staff: type[StaffColumns]) -> click.Command:
    first = next(iter(staff.ROLES))

    @click.command(name="staff")
    @click.argument("name")
    @click.option("--role", type=click.Choice(list(staff.ROLES)), help=f"A new account is {first}.")
    @click.option(
        "--reset-totp", "reset", is_flag=True, help="Let another authenticator be set up."
    )
    @click.option("--confirm", is_flag=True, help="Confirm that it is a person's own account.")
    @click.option(
        "--lock/--unlock", "locking", default=None, help="Let it sign in no longer, or again."
    )
    @click.option(
        "--password-file", type=_existing, help="Read the password from here, do not ask."
    )
    def command(
        name: str,
        role: str | None,
        *,
        reset: bool,
        confirm: bool,
        locking: bool | None,
        password_file: Path | None,
    ) -> None:
        """Make an account, or change one: its role, authenticator or lock, else its password.

        Each change ends the account's sessions.
        """
        database, settings = store()
        with database.read() as session:
            exists = session.get(staff, normal(name.strip())) is not None
        password = None
        if not exists or password_file or not (role or reset or confirm or locking is not None):
            password = ask_password(password_file)
        with database.begin() as session:
            if role and exists:
                give_role(session, staff, name, role)
            if reset:
                reset_totp(session, staff, name)
            if confirm:
                keeping.confirm(session, staff, name)
            if locking is not None:
                keeping.set_active(session, staff, name, active=not locking)
            if password is not None:
                add_account(session, staff, name, password, None if exists else role)
                lockout.forget(
                    session, staff.LOCKOUT, settings.secret("lockout"), normal(name.strip())
                )
        click.echo(f"The account {name} is ready.")

    return command


def _audit_command(store: Store, staff: type[StaffColumns]) -> click.Command:
    @click.command(name="audit")
    @click.option(
        "--verify", is_flag=True, help="Recompute the chain of hashes and print its head."
    )
    @click.option("--head", help="A head noted earlier, which must still stand in the chain.")
    def command(head: str | None, *, verify: bool) -> None:
        """Print the latest entries of the log of what staff did, or verify the whole of it."""
        database, _ = store()
        with database.read() as session:
            if verify or head:
                chain = audit.verify(session, staff.AUDIT, _hex(head))
                click.echo(f"The log is whole: {chain.entries} entries. Its head:")
                click.echo(chain.head.hex())
                return
            for entry in audit.entries(session, staff.AUDIT, audit.Filter()):
                actor = f"{entry.account} ({entry.origin})"
                columns = [entry.minute, actor, entry.action, entry.campaign, entry.detail]
                click.echo("\t".join(columns))

    return command


def _hex(head: str | None) -> bytes | None:
    try:
        return bytes.fromhex(head) if head else None
    except ValueError:
        raise InputError(N_("A head is written in hexadecimal digits.")) from None
