"""Coming in, one's own account, inviting somebody; with sentences of our own where Django's say less."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UserCreationForm

from ..models import Invitation, User

_CHOOSE_WELL = "At least 8 characters; not a common password, not only digits, not like the username."


class SignInForm(AuthenticationForm):
    # The same words for an unknown name, a wrong password and a closed account.
    error_messages = {
        "invalid_login": "This username and password do not match an account here.",
        "inactive": "This username and password do not match an account here.",
    }


class NewPersonForm(UserCreationForm):
    """A username and a password, twice. `save(commit=False)` gives a User with its password set."""

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Letters, digits and @ . + - _"
        self.fields["password1"].help_text = _CHOOSE_WELL
        self.fields["password2"].label, self.fields["password2"].help_text = "Password again", ""


class SetupForm(NewPersonForm):
    code = forms.CharField(
        max_length=80,
        label="Set-up code",
        help_text="Printed where Sluice was started.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    field_order = ["code", "username", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs.pop("autofocus", None)


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("first_name",)
        labels = {"first_name": "Name"}
        help_texts = {"first_name": "How others here see you; without one they see your username."}
        widgets = {"first_name": forms.TextInput(attrs={"autocomplete": "name"})}


class PasswordForm(PasswordChangeForm):
    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "This is not your current password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Asked for on the second form of its page: the cursor is not to jump there.
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["old_password"].label = "Current password"
        self.fields["new_password1"].help_text = _CHOOSE_WELL
        self.fields["new_password2"].label, self.fields["new_password2"].help_text = "New password again", ""


class InviteForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ("note",)
        labels = {"note": "Who is it for?"}
        help_texts = {"note": "A note for this list only, at most 120 characters."}
