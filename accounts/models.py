"""The user model."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person of the team. Those with `is_staff` are admins, who review conversations and create accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enter_sends = models.BooleanField(
        "Enter sends", default=True, help_text="If not, Enter starts a new line and Ctrl+Enter sends."
    )
    theme = models.CharField(max_length=10, blank=True, db_default="", help_text="light or dark; empty: as the system.")
    letter_size = models.CharField(
        max_length=10, blank=True, db_default="", help_text="small, large or larger; empty: normal."
    )
    language = models.CharField(max_length=10, blank=True, help_text="Empty: the language of the browser.")
