"""Every form a person fills in."""

from .assistants import AssistantForm
from .audit import AuditForm
from .classifiers import DIALECTS, ClassifierForm, Dialect
from .endpoints import EndpointForm
from .kinds import KINDS, Kind, kind_of
from .model_question import SOURCES, ModelQuestion, needs_model
from .people import InviteForm, NameForm, NewPersonForm, PasswordForm, SetupForm, SignInForm
from .policies import BypassForm, ModeForm, PolicyForm, ReasonForm, ReplayForm, TryForm
from .reviews import (
    BECAUSE,
    ESCALATE,
    REASON_LEAST,
    REASON_MOST,
    BreakGlassForm,
    DecisionForm,
    LookUpForm,
    NoteForm,
    ReportForm,
    RevealForm,
    TakeOverForm,
    UndoForm,
    WrongForm,
)
from .rules import OwnRuleForm, PackForm, PacksForm

__all__ = [
    "BECAUSE",
    "DIALECTS",
    "ESCALATE",
    "KINDS",
    "REASON_LEAST",
    "REASON_MOST",
    "SOURCES",
    "AssistantForm",
    "AuditForm",
    "BreakGlassForm",
    "BypassForm",
    "ClassifierForm",
    "DecisionForm",
    "Dialect",
    "EndpointForm",
    "InviteForm",
    "Kind",
    "LookUpForm",
    "ModeForm",
    "ModelQuestion",
    "NameForm",
    "NewPersonForm",
    "NoteForm",
    "OwnRuleForm",
    "PackForm",
    "PacksForm",
    "PasswordForm",
    "PolicyForm",
    "ReasonForm",
    "ReplayForm",
    "ReportForm",
    "RevealForm",
    "SetupForm",
    "SignInForm",
    "TakeOverForm",
    "TryForm",
    "UndoForm",
    "WrongForm",
    "kind_of",
    "needs_model",
]
