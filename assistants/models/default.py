"""What answers if nobody chose, and what people reach for."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from accounts.models import User
from assistants.models.assistant import Assistant
from providers.models import Model

ONE_TARGET = Q(assistant__isnull=False, model__isnull=True) | Q(assistant__isnull=True, model__isnull=False)


class Default(models.Model):
    """The assistant or model that answers a person, a group, or everybody, unless they choose another one."""

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    group = models.OneToOneField(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    assistant = models.ForeignKey(Assistant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    model = models.ForeignKey(Model, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        permissions = [("change_default", gettext_noop("Can set the default assistants of groups and of the site"))]
        constraints = [
            models.CheckConstraint(condition=Q(user__isnull=True) | Q(group__isnull=True), name="default_of_one"),
            models.CheckConstraint(condition=ONE_TARGET, name="default_is_one"),
            models.UniqueConstraint(
                models.Value(1), name="default_of_site", condition=Q(user__isnull=True, group__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group or 'everybody'}: {self.assistant or self.model}"


class Favorite(models.Model):
    """An assistant or model that a person wants to have at hand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favorites", db_index=False)
    assistant = models.ForeignKey(Assistant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    model = models.ForeignKey(Model, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=ONE_TARGET, name="favorite_is_one"),
            models.UniqueConstraint(fields=["user", "assistant"], name="favorite_assistant"),
            models.UniqueConstraint(fields=["user", "model"], name="favorite_model"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.assistant or self.model}"
