"""The form of a prompt."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.forms import LongTextField, PageForm
from accounts.models import User
from accounts.sharing import SharingFields, Visibility
from assistants.models import Prompt
from assistants.models.prompt import MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS
from assistants.prompts import too_many
from common.text import one_line


class PromptForm(PageForm, forms.ModelForm, SharingFields):  # type: ignore[type-arg]
    """The form of a new or an existing prompt."""

    field_order = ("name", "text", "visibility", "groups")

    name = forms.CharField(label=_("Name"), help_text=_("You find the prompt by it."), max_length=MAX_NAME_CHARACTERS)
    text = LongTextField(
        label=_("Text"),
        help_text=_(
            "Variables such as {{customer}} are asked for when you insert it. {{today}}, {{name}} and {{language}} are "
            "filled in."
        ),
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12}),
        strip=False,
    )

    class Meta:
        model = Prompt
        fields = ["name", "text", "groups"]

    def __init__(self, *args: Any, instance: Prompt, user: User, **kwargs: Any) -> None:
        before, groups = Visibility.PRIVATE, Group.objects.none()
        if not instance._state.adding:
            before, groups = instance.visibility, instance.groups.all()
        super().__init__(*args, instance=instance, initial={"visibility": before}, **kwargs)
        self._user = user
        self.may_share = user.has_perm("assistants.share_prompt")
        self.offer_sharing(before, groups, may_share=self.may_share, is_owner=instance.owner_id == user.pk)

    def clean_name(self) -> str:
        return self._seen("name", one_line(self.cleaned_data["name"]))

    def clean_text(self) -> str:
        return self._seen("text", self.cleaned_data["text"])

    def _seen(self, name: str, text: str) -> str:
        """Return a text of which something can be seen. Raise `ValidationError` if nothing can."""
        if not text.strip():
            raise forms.ValidationError(self.fields[name].error_messages["required"], code="required")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.instance._state.adding and (sentence := too_many(self._user)):
            raise forms.ValidationError(sentence, code="too_many")
        return cleaned

    def save(self, commit: bool = True) -> Prompt:  # noqa: FBT001, FBT002  Django's own signature
        self.instance.is_shared = self.cleaned_data["visibility"] == Visibility.EVERYBODY
        saved: Prompt = super().save(commit)
        return saved
