"""Every form a person fills in."""

from .assistants import AssistantForm
from .endpoints import EndpointForm
from .kinds import KINDS, Kind, kind_of
from .model_question import SOURCES, ModelQuestion, needs_model
from .people import InviteForm, NameForm, NewPersonForm, PasswordForm, SetupForm, SignInForm
from .reviews import REASON_LEAST, REASON_MOST, DecisionForm

__all__ = [
    "KINDS",
    "REASON_LEAST",
    "REASON_MOST",
    "SOURCES",
    "AssistantForm",
    "DecisionForm",
    "EndpointForm",
    "InviteForm",
    "Kind",
    "ModelQuestion",
    "NameForm",
    "NewPersonForm",
    "PasswordForm",
    "SetupForm",
    "SignInForm",
    "kind_of",
    "needs_model",
]
