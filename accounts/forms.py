"""The forms of signing in, of the first admin account, of a new password, and of a person's preferences."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import MAX_ABOUT_ME_CHARACTERS, MAX_PLACE_CHARACTERS, User

PASSWORD_HINT = _("At least 8 characters, and not easy to guess: a few words that don't belong together.")


class PageForm(forms.BaseForm):
    """A form on a page of ours: without colons after labels, and with the focus where something is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        super().full_clean()
        if not self.errors:
            return
        # What is wrong with the form as a whole, such as a refused sign-in, is mended in its last field.
        wrong = next((name for name in self.fields if name in self.errors), [*self.fields][-1])
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name == wrong:
                field.widget.attrs["autofocus"] = True


class LongTextField(forms.CharField):
    """A text of several lines. Its length is counted as people count: a browser sends two characters for a new line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class SignInForm(PageForm, auth_forms.AuthenticationForm):
    pass


class PasswordForm(PageForm, auth_forms.PasswordChangeForm):
    """The form with which a person changes the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = PASSWORD_HINT
        self.fields["new_password2"].help_text = ""


class FirstAdminForm(PageForm, auth_forms.BaseUserCreationForm):  # type: ignore[type-arg]
    """The form that creates a superuser."""

    class Meta(auth_forms.BaseUserCreationForm.Meta):
        model = User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = ""
        self.fields["password1"].help_text = PASSWORD_HINT
        self.fields["password2"].help_text = ""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  Django's own signature
        self.instance.is_staff = self.instance.is_superuser = True
        admin: User = super().save(commit)
        return admin


class CountryField(forms.CharField):
    """A country by the two letters of ISO 3166."""

    default_validators = [RegexValidator(r"^[A-Z]{2}$", _("Use the country's two letters, such as NO or DE."))]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()


@cache
def _time_zones() -> list[tuple[str, str]]:
    # Those of a continent: the others are older names, or no places.
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [(name, name.replace("_", " ")) for name in places]


class PreferencesForm(PageForm, forms.ModelForm):  # type: ignore[type-arg]
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
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )
    letter_size = forms.ChoiceField(
        label=_("Letter size"),
        required=False,
        choices=[("small", _("Small")), ("", _("Normal")), ("large", _("Large")), ("larger", _("Very large"))],
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Browser default")), *settings.LANGUAGES]
    )

    about_me = LongTextField(
        label=_("About me"),
        help_text=_(
            "Who you are, and how you want to be answered. The model is told this with each of your messages. "
            "Admins who review conversations can see it."
        ),
        required=False,
        max_length=MAX_ABOUT_ME_CHARACTERS,
        widget=forms.Textarea({"rows": 5}),
    )
    about_me_is_on = forms.BooleanField(label=_("Tell the model about me"), required=False)
    about_me_in_temporary = forms.BooleanField(label=_("In temporary chats, too"), required=False)

    memory_is_on = forms.BooleanField(
        label=_("Let models remember facts about me"),
        help_text=_(
            "A model can then keep short facts from your chats, and is told all of them in later ones. The answer says "
            "so each time, and you can undo it. Nothing is remembered of temporary chats, and nothing is told there."
        ),
        required=False,
    )

    place_is_on = forms.BooleanField(
        label=_("Use my rough place in web searches"),
        help_text=_(
            "Then the model's provider is told what you fill in here when it searches the web for you, but never in "
            "temporary chats. What isn't filled in isn't told."
        ),
        required=False,
    )
    place_city = forms.CharField(label=_("City"), required=False, max_length=MAX_PLACE_CHARACTERS)
    place_region = forms.CharField(label=_("Region"), required=False, max_length=MAX_PLACE_CHARACTERS)
    place_country = CountryField(
        label=_("Country"), help_text=_("Its two letters, such as NO or DE."), required=False, max_length=2
    )
    place_time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=lambda: [("", _("Not told")), *_time_zones()]
    )

    class Meta:
        model = User
        fields = [
            "theme",
            "letter_size",
            "language",
            "enter_sends",
            "about_me",
            "about_me_is_on",
            "about_me_in_temporary",
            "memory_is_on",
            "place_is_on",
            "place_city",
            "place_region",
            "place_country",
            "place_time_zone",
        ]
