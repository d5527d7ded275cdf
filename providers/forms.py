"""The forms of providers and models: what is written there is checked, and secrets are never shown again."""

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from providers.encryption import decrypt, encrypt
from providers.models import Model, Provider
from providers.parameters import EFFORT, VALUES

HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}): ?([\x20-\x7e]{1,4000})")
OWN_HEADERS = {"authorization", "content-length", "content-type", "cookie", "host", "transfer-encoding"}
MAX_HEADERS = 20
MAX_KEY = 4000
HOSTED_TOOLS = ["web_search", "file_search", "code_interpreter", "image_generation", "mcp"]


def header_names(provider: Provider) -> list[str]:
    """Return the names of a provider's further headers. Raise `Undecryptable`."""
    headers = decrypt(provider.headers)
    return [*msgspec.json.decode(headers, type=dict[str, str])] if headers else []


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    new_key = forms.CharField(
        label=_("New API key"),
        required=False,
        max_length=MAX_KEY,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text=_("Leave it empty to keep the one that is set. A single - removes it."),
    )
    new_headers = forms.CharField(
        label=_("New headers"),
        required=False,
        max_length=MAX_HEADERS * MAX_KEY,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_(
            "One a line, as “Name: value”. Leave it empty to keep those that are set. A single - removes them."
        ),
    )

    class Meta:
        model = Provider
        fields: ClassVar[list[str]] = [
            "name",
            "dialect",
            "base_url",
            "is_enabled",
            "store",
            "background",
            "organization",
            "project",
            "timeout",
            "connect_timeout",
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "base_url": _("The base URL of its API, such as https://api.openai.com/v1"),
            "is_enabled": _("Its models are offered only if it is enabled."),
            "timeout": "",
            "connect_timeout": "",
            "store": "",
        }

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"].strip().rstrip("/")
        try:
            parts = urlsplit(url)
            is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
            is_usable = is_usable and not (parts.query or parts.fragment) and (parts.port or 1) > 0
        except ValueError:
            is_usable = False
        if not is_usable:
            raise ValidationError(
                _("Enter an address with http:// or https://, without a user, a password or a query.")
            )
        return url

    def clean_timeout(self) -> float:
        return self._seconds("timeout", 3600)

    def clean_connect_timeout(self) -> float:
        return self._seconds("connect_timeout", 120)

    def clean_new_key(self) -> str:
        key: str = self.cleaned_data["new_key"].strip()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValidationError(_("A key has only letters, digits and signs, and no spaces."))
        return key

    def clean_new_headers(self) -> dict[str, str] | None:
        """Return the headers; None to keep those that are set."""
        text: str = self.cleaned_data["new_headers"].strip()
        if not text:
            return None
        if text == "-":
            return {}
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        found = [HEADER.fullmatch(line) for line in lines]
        if len(lines) > MAX_HEADERS or not all(found):
            raise ValidationError(_("Write each header on a line of its own, as “Name: value”."))
        headers = {each[1]: each[2] for each in found if each}
        if own := OWN_HEADERS & {name.lower() for name in headers}:
            raise ValidationError(_("The site sends %(names)s itself.") % {"names": ", ".join(sorted(own))})
        return headers

    def clean(self) -> dict[str, Any] | None:
        """Ask for the secrets again if the address changes: whoever may change it must not learn them so."""
        cleaned = super().clean()
        if self.instance._state.adding or not cleaned or "base_url" not in cleaned:
            return cleaned
        before, after = urlsplit(self.instance.base_url), urlsplit(cleaned["base_url"])
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            sentence = _("The address is another one. Write this again, or a single - to send nothing.")
            if self.instance.key and not cleaned.get("new_key"):
                self.add_error("new_key", sentence)
            if self.instance.headers and cleaned.get("new_headers") is None:
                self.add_error("new_headers", sentence)
        return cleaned

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        key, headers = self.cleaned_data.get("new_key"), self.cleaned_data.get("new_headers")
        if key:
            self.instance.key = "" if key == "-" else encrypt(key)
        if headers is not None:
            self.instance.headers = encrypt(msgspec.json.encode(headers).decode()) if headers else ""
        return super().save(commit)

    def _seconds(self, name: str, most: float) -> float:
        seconds: float = self.cleaned_data[name]
        if not 0 < seconds <= most:
            raise ValidationError(_("Enter a number above 0, and at most %(most)s.") % {"most": f"{most:g}"})
        return seconds


def _several(label: Any, names: list[str] | tuple[str, ...]) -> forms.MultipleChoiceField:
    choices = [(name, name) for name in names]
    return forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple)


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    efforts = _several(_("Efforts"), VALUES[EFFORT])
    hosted_tools = _several(_("Hosted tools"), HOSTED_TOOLS)
    default_effort = forms.ChoiceField(
        label=_("Effort if none is chosen"),
        required=False,
        choices=[("", _("Unknown")), *((name, name) for name in VALUES[EFFORT])],
    )

    class Meta:
        model = Model
        exclude: ClassVar[list[str]] = []
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("As the provider lists it. At Azure, the name of the deployment."),
            "title": _("Empty: its name in the API."),
            "groups": _("Only these groups may choose it. None: everybody."),
            "context_window": "",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"provider", "groups"} & self.fields.keys():
            # They are chosen here, not made.
            self.fields[name].widget.can_add_related = False

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and cleaned.get("default_effort") and cleaned["default_effort"] not in cleaned.get("efforts", []):
            raise ValidationError({"default_effort": _("Choose one of the efforts that the model takes.")})
        return cleaned
