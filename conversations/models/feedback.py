"""Feedback: what people think of answers."""

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from accounts.models import User
from conversations.models.response import Response


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return a person's own feedback. Admins see all of it in the review."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()


class Feedback(models.Model):
    """A thumb up or down that somebody gave an answer, perhaps with a comment."""

    class Rating(models.TextChoices):
        UP = "up"
        DOWN = "down"

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="feedback", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="feedback")
    rating = models.CharField(max_length=4, choices=Rating.choices)
    comment = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[FeedbackQuerySet] = FeedbackQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["response", "user"], name="feedback_once"),
            models.CheckConstraint(condition=models.Q(rating__in=["up", "down"]), name="feedback_rating"),
        ]

    def __str__(self) -> str:
        return f"{self.rating} by {self.user}"
