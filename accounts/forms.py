"""The forms of the first admin account and of a person's preferences."""

from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class FirstAdminForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """The form that creates a superuser."""

    class Meta(BaseUserCreationForm.Meta):
        model = User

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  Django's own signature
        self.instance.is_staff = self.instance.is_superuser = True
        admin: User = super().save(commit)
        return admin


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of the settings that people choose for themselves."""

    enter_sends = forms.TypedChoiceField(
        label=_("Enter key"),
        help_text=_("On a phone or tablet, Enter always adds a new line."),
        coerce=lambda value: value == "True",
        choices=[
            (True, _("Enter sends the message, Shift+Enter adds a new line")),
            (False, _("Enter adds a new line, Ctrl+Enter or ⌘+Enter sends the message")),
        ],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Browser default")), *settings.LANGUAGES]
    )

    class Meta:
        model = User
        fields = ["enter_sends", "language"]
