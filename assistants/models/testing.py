"""Test questions of an assistant, and what its versions answered."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from assistants.models.assistant import Assistant, AssistantVersion

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_QUESTIONS = 30
"""Of an assistant: each run asks them twice."""
MAX_QUESTION_CHARACTERS = 4000
MAX_WORDS = 10
MAX_WORDS_CHARACTERS = 200


class TestQuestion(models.Model):
    """A question, and what a good answer to it has and doesn't have."""

    __test__ = False

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField(max_length=MAX_QUESTION_CHARACTERS)
    must_contain = models.JSONField(default=list, blank=True)
    must_not_contain = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.text[:80]


class TestRun(models.Model):
    """The questions asked of a version, and of an earlier one beside it."""

    __test__ = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(AssistantVersion, on_delete=models.CASCADE, related_name="+")
    against = models.ForeignKey(AssistantVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    variables = models.JSONField(default=dict, blank=True, help_text="values for the variables of both versions")
    language = models.CharField(max_length=10, blank=True, help_text="of the one who began it")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        answers: RelatedManager["TestAnswer"]

    class Meta:
        ordering = ["-created_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version} at {self.created_at:%Y-%m-%d %H:%M}"


class TestAnswer(models.Model):
    """What a version answered to a question, as it was asked then."""

    __test__ = False

    class Status(models.TextChoices):
        """How far it has come."""

        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("In progress")
        COMPLETED = "completed", _("Complete")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    OPEN = (Status.QUEUED, Status.RUNNING)

    run = models.ForeignKey(TestRun, on_delete=models.CASCADE, related_name="answers")
    version = models.ForeignKey(AssistantVersion, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField(help_text="of the question in the run")
    question = models.TextField()
    must_contain = models.JSONField(default=list)
    must_not_contain = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    response_id = models.UUIDField(null=True, blank=True, help_text="of the response that answers it, while it runs")
    attempt = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True)
    usage = models.JSONField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="a sentence, if it failed")
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["place", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "completed", "failed", "stopped"]), name="answer_status"
            ),
            models.UniqueConstraint(fields=["run", "place", "version"], name="answer_once"),
        ]
        indexes = [
            models.Index(fields=["run"], name="answer_open", condition=Q(status__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.question[:80]}: {self.status}"

    @property
    def tokens(self) -> int:
        """All tokens that it cost."""
        return int((self.usage or {}).get("total_tokens") or 0)

    @property
    def missing(self) -> list[str]:
        """What it must contain and doesn't, in any case of letters."""
        return [words for words in self.must_contain if words.casefold() not in self.text.casefold()]

    @property
    def unwanted(self) -> list[str]:
        """What it must not contain and does, in any case of letters."""
        return [words for words in self.must_not_contain if words.casefold() in self.text.casefold()]

    @property
    def is_good(self) -> bool:
        """Whether it is complete, and has what it must and nothing that it must not have."""
        return self.status == self.Status.COMPLETED and not self.missing and not self.unwanted
