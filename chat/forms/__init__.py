"""Every form a person fills in."""

from .assistants import AssistantForm
from .classifiers import DIALECTS, ClassifierForm, Dialect
from .endpoints import EndpointForm
from .kinds import KINDS, Kind, kind_of
from .model_question import SOURCES, ModelQuestion, needs_model
from .people import InviteForm, NameForm, NewPersonForm, PasswordForm, SetupForm, SignInForm
from .policies import BypassForm, ModeForm, PolicyForm, ReasonForm, ReplayForm, TryForm
from .reviews import REASON_LEAST, REASON_MOST, DecisionForm
from .rules import OwnRuleForm, PackForm, PacksForm

__all__ = [
    "DIALECTS",
    "KINDS",
    "REASON_LEAST",
    "REASON_MOST",
    "SOURCES",
    "AssistantForm",
    "BypassForm",
    "ClassifierForm",
    "DecisionForm",
    "Dialect",
    "EndpointForm",
    "InviteForm",
    "Kind",
    "ModeForm",
    "ModelQuestion",
    "NameForm",
    "NewPersonForm",
    "OwnRuleForm",
    "PackForm",
    "PacksForm",
    "PasswordForm",
    "PolicyForm",
    "ReasonForm",
    "ReplayForm",
    "SetupForm",
    "SignInForm",
    "TryForm",
    "kind_of",
    "needs_model",
]
