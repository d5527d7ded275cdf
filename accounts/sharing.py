"""With whom people share what they made: who may use it, and the fields of a form that say so."""

from collections.abc import Iterable

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Visibility(TextChoices):
    """Who may use what somebody made, besides them."""

    PRIVATE = "private", _("Only me")
    GROUPS = "groups", _("Groups")
    EVERYBODY = "everybody", _("Everybody")


class SharingFields(forms.Form):
    """Nobody else, groups, or everybody."""

    visibility = forms.ChoiceField(label=_("Who may use it"), choices=Visibility.choices, widget=forms.RadioSelect)
    groups = forms.ModelMultipleChoiceField(
        label=_("Groups"), queryset=Group.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def offer_sharing(self, before: str, groups: QuerySet[Group], *, may_share: bool, is_owner: bool) -> None:
        """Offer what the person may choose. `before` and `groups` say with whom it is shared now."""
        offered = set(Visibility.values)
        if not may_share:
            # Whoever may not share (any more) may still end it.
            offered &= {Visibility.PRIVATE, before}
            if before != Visibility.GROUPS:
                del self.fields["groups"]
            else:
                # Those it has may stay; nobody is added.
                self.fields["groups"].queryset = groups.order_by("name")  # type: ignore[attr-defined]
        elif before != Visibility.GROUPS and not Group.objects.exists():
            offered.discard(Visibility.GROUPS)
            del self.fields["groups"]
        if not is_owner:
            offered.discard(Visibility.PRIVATE)
        self.fields["visibility"].choices = [each for each in Visibility.choices if each[0] in offered]  # type: ignore[attr-defined]

    def clean_groups(self) -> Iterable[Group]:
        """Return the groups with which it is shared: none if it isn't for groups."""
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        if self.cleaned_data.get("visibility") != Visibility.GROUPS:
            return groups.none()
        if not groups:
            raise ValidationError(gettext("Choose at least one group."))
        return groups
