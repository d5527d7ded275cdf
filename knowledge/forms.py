"""The form of a collection."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.forms import PageForm
from accounts.models import User
from accounts.sharing import SharingFields
from common.text import one_line
from knowledge import stored
from knowledge.models import Collection
from knowledge.permissions import may_share


class CollectionForm(PageForm, forms.ModelForm, SharingFields):  # type: ignore[type-arg]
    """The form of a new or an existing collection."""

    field_order = ("name", "description", "visibility", "groups", "is_at_providers")

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(
        label=_("Description"),
        help_text=_("What is in it. The model reads this to know when to search."),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
    )
    is_at_providers = forms.BooleanField(
        label=_("Keep a copy at providers"),
        help_text=_(
            "Then a provider that can search in files gets a copy of all files of this collection, and searches there. "
            "Without it they stay on this site, and only what a search finds is sent to a model."
        ),
        required=False,
    )

    class Meta:
        model = Collection
        fields = ["name", "description", "visibility", "groups", "is_at_providers"]

    def __init__(self, *args: Any, instance: Collection, user: User, **kwargs: Any) -> None:
        before, groups = instance.visibility, Group.objects.none()
        if not instance._state.adding:
            groups = instance.groups.all()
        super().__init__(*args, instance=instance, **kwargs)
        self.may_share = may_share(user)
        is_owner = instance.owner_id == user.pk
        self.offer_sharing(before, groups, may_share=self.may_share, is_owner=is_owner)
        if not is_owner or not (instance.is_at_providers or stored.providers().exists()):
            # Only its owner lets the files leave, and only if somebody takes them.
            del self.fields["is_at_providers"]

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name

    def clean_description(self) -> str:
        return one_line(self.cleaned_data["description"])
