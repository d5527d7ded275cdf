"""With whom people share what they made: who may use it, and the fields of a form that say so."""

from collections.abc import Iterable

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Visibility(TextChoices):
    """Who may use what somebody made, besides them."""

    PRIVATE = "private", _("Only me")
    GROUPS = "groups", _("Groups")
    EVERYBODY = "everybody", _("Everybody")


def is_usable_by(user: User) -> Q:
    """Select what a person may use of what has an owner, a visibility and groups. A row may come several times."""
    for_groups = Q(visibility=Visibility.GROUPS, groups__in=user.groups.all())
    return Q(owner=user) | Q(visibility=Visibility.EVERYBODY) | for_groups


def is_editable_by(user: User, permission: str) -> Q:
    """Select what a person may change of it: their own, and with the permission what is shared."""
    own = Q(owner=user)
    return own | ~Q(visibility=Visibility.PRIVATE) if user.has_perm(permission) else own


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
