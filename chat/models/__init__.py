"""The tables, by noun. What the database enforces over them is in `guards`."""

from .assistants import Assistant, AssistantVersion, Endpoint
from .audit import AuditEntry
from .checkers import CheckerState
from .conversations import Conversation
from .judgements import Case, CheckResult, Decision, Exposure, PolicyVersion, Verdict
from .people import Invitation, LoginFailure, SetupCode, User
from .turns import Candidate, Finish, HoldKind, Kind, Message, Role, Status, Turn

__all__ = [
    "Assistant", "AssistantVersion", "AuditEntry", "Candidate", "Case", "CheckResult", "CheckerState", "Conversation", "Decision",
    "Endpoint", "Exposure", "Finish", "HoldKind", "Invitation", "Kind", "LoginFailure", "Message", "PolicyVersion",
    "Role", "SetupCode", "Status", "Turn", "User", "Verdict",
]  # fmt: skip
