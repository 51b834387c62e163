"""People: how they come in, how they are let in, and how they are shown out.

The delivery layer appends its own plain callables to `on_change` (end this person's streams, their sessions are
over) and `on_deactivate` (stop this person's running turns); each is given the person's id.
"""

from .accounts import activate, change_password, deactivate, end_sessions, rename, sign_up
from .errors import PeopleError, Throttled
from .hooks import notify_person_changed, on_change, on_deactivate
from .invitations import accept, invite, open_invitation, revoke
from .lists import Person, everyone, invitations_listed
from .rights import (
    Rights,
    record_group,
    record_group_deleted,
    record_rights,
    rights_in,
    rights_of,
)
from .roles import give_roles
from .setup import administrator_exists, code_matches, ensure_administrator, issue_setup_code, set_up
from .signing_in import refused, signed_in, signed_out
from .throttle import Attempt, attempt

__all__ = [
    "Attempt", "PeopleError", "Person", "Rights", "Throttled", "accept", "activate", "administrator_exists",
    "attempt", "change_password", "code_matches", "deactivate", "end_sessions", "ensure_administrator",
    "everyone", "give_roles", "invitations_listed", "invite", "issue_setup_code", "notify_person_changed", "on_change",
    "on_deactivate", "open_invitation", "record_group", "record_group_deleted", "record_rights",
    "refused", "rename", "revoke", "rights_in", "rights_of", "set_up", "sign_up", "signed_in", "signed_out",
]  # fmt: skip
