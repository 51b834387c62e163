"""Every form a person fills in."""

from .people import InviteForm, NameForm, NewPersonForm, PasswordForm, SetupForm, SignInForm
from .reviews import REASON_LEAST, REASON_MOST, DecisionForm

__all__ = [
    "REASON_LEAST",
    "REASON_MOST",
    "DecisionForm",
    "InviteForm",
    "NameForm",
    "NewPersonForm",
    "PasswordForm",
    "SetupForm",
    "SignInForm",
]
