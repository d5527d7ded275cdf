from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class FirstAdminForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """Makes the account that may do everything."""

    class Meta(BaseUserCreationForm.Meta):
        model = User

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  as Django has it
        self.instance.is_staff = self.instance.is_superuser = True
        admin: User = super().save(commit)
        return admin


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people choose for themselves."""

    enter_sends = forms.TypedChoiceField(
        label=_("In the message field"),
        help_text=_("On a phone or tablet, Enter always begins a new line."),
        coerce=lambda value: value == "True",
        choices=[
            (True, _("Enter sends, Shift+Enter begins a new line")),
            (False, _("Enter begins a new line, Ctrl+Enter or ⌘+Enter sends")),
        ],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser asks")), *settings.LANGUAGES]
    )

    class Meta:
        model = User
        fields = ["enter_sends", "language"]
