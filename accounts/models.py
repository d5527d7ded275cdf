"""The user model, and what is remembered of a person."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

MAX_ABOUT_ME_CHARACTERS = 4000
MAX_PLACE_CHARACTERS = 100
MAX_MEMORY_CHARACTERS = 500


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
    about_me = models.TextField(
        max_length=MAX_ABOUT_ME_CHARACTERS,
        blank=True,
        db_default="",
        help_text="Who the person is, and how to answer them: sent with their messages.",
    )
    about_me_is_on = models.BooleanField(default=True, db_default=True, help_text="Whether about_me is sent.")
    about_me_in_temporary = models.BooleanField(
        default=False, db_default=False, help_text="Whether it is sent in temporary conversations, too."
    )
    memory_is_on = models.BooleanField(
        default=False, db_default=False, help_text="Whether models may remember facts about the person."
    )
    place_is_on = models.BooleanField(
        default=False, db_default=False, help_text="Whether providers are told the place when they search the web."
    )
    place_city = models.CharField(max_length=MAX_PLACE_CHARACTERS, blank=True, db_default="")
    place_region = models.CharField(max_length=MAX_PLACE_CHARACTERS, blank=True, db_default="")
    place_country = models.CharField(max_length=2, blank=True, db_default="", help_text="By ISO 3166, such as NO.")
    place_time_zone = models.CharField(
        max_length=MAX_PLACE_CHARACTERS, blank=True, db_default="", help_text="By its IANA name."
    )

    @property
    def display_name(self) -> str:
        """The name that others and models are told: the full one if the person has one, else the username."""
        return self.get_full_name() or self.get_username()


class Memory(models.Model):
    """A fact about a person that a model has kept for later conversations, as they wish."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memories", db_index=False)
    text = models.CharField(max_length=MAX_MEMORY_CHARACTERS)
    conversation = models.UUIDField(null=True, blank=True, help_text="where it was said; it may be gone")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "memories"
        ordering = ["created_at", "id"]
        default_permissions = ()
        indexes = [models.Index(fields=["user", "created_at"], name="memory_of_user")]

    def __str__(self) -> str:
        return self.text
