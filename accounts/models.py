"""The people of the team."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person of the team. `is_staff` are the admins, who review conversations and make accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enter_sends = models.BooleanField(
        "Enter sends", default=True, help_text="Else Enter begins a new line, and Ctrl+Enter sends."
    )
    language = models.CharField(max_length=10, blank=True, help_text="Empty: as the browser asks.")
