"""The tables, by noun. What the database enforces over them is in `guards`."""

from .assistants import Assistant, AssistantVersion, Endpoint
from .audit import AuditEntry
from .cases import Case, CaseEntry, CaseReason, Category
from .checkers import CheckerState
from .conversations import Conversation
from .judgements import CheckResult, Decision, Exposure, Verdict
from .people import Invitation, LoginFailure, SetupCode, User
from .policies import Bypass, Policy, PolicyChange, PolicyVersion, Replay, ReplayFlip, ShadowResult
from .suggestions import Suggestion
from .transcripts import Transcript
from .turns import Candidate, Finish, HoldKind, Kind, Message, Role, Status, Turn

__all__ = [
    "Assistant", "AssistantVersion", "AuditEntry", "Bypass", "Candidate", "Case", "CaseEntry", "CaseReason", "Category",
    "CheckResult", "CheckerState", "Conversation", "Decision", "Endpoint", "Exposure", "Finish", "HoldKind", "Invitation", "Kind",
    "LoginFailure", "Message", "Policy", "PolicyChange", "PolicyVersion", "Replay", "ReplayFlip", "Role", "SetupCode",
    "ShadowResult", "Status", "Suggestion", "Transcript", "Turn", "User", "Verdict",
]  # fmt: skip
