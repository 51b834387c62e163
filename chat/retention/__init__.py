"""What is kept no longer than it has to be: erasing conversations and accounts, and purging each kind of data in its time."""

from .accounts import erase_account
from .daily import try_due
from .erasing import ON_ERASE, deleted_by, erase, erases_at, lately_written
from .files import settle
from .kinds import KINDS
from .purging import Purge

__all__ = [
    "KINDS", "ON_ERASE", "Purge", "deleted_by", "erase", "erase_account", "erases_at", "lately_written", "settle", "try_due",
]  # fmt: skip
