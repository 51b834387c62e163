"""What a reviewer decides."""

from django import forms

from ..models import Decision

REASON_LEAST, REASON_MOST = 3, 2000  # characters


class DecisionForm(forms.Form):
    """What a reviewer decides, why, and which version of the case was on the page."""

    action = forms.ChoiceField(
        choices=Decision.Action.choices,
        error_messages={"required": "Choose whether to release or to uphold."},
    )
    reason = forms.CharField(
        min_length=REASON_LEAST,
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Kept for good, with your name.",
        error_messages={
            "required": "Write the reason for your decision.",
            "min_length": "Write the reason in at least a word.",
            "max_length": f"Write the reason in at most {REASON_MOST} characters.",
        },
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
