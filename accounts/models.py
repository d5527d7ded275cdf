"""The people of the team."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person of the team. `is_staff` are the admins, who review conversations and make accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
