"""What is stored about providers."""

from django.db import models
from django.utils import timezone


class Refusal(models.Model):
    """A request parameter that a provider refused for a model. It is believed for a while: see capabilities.py."""

    provider = models.CharField(max_length=500, help_text="the provider's base URL")
    model = models.CharField(max_length=200)
    parameter = models.CharField(max_length=100)
    refused_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "model", "parameter"], name="refusal_once")]

    def __str__(self) -> str:
        return f"{self.parameter} by {self.provider} for {self.model}"
