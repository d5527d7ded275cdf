"""Providers, the models that they offer, and what they were found to refuse."""

import uuid

from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Provider(models.Model):
    """A server that answers, and how it is reached. That of the environment's settings is one of them."""

    class Dialect(models.TextChoices):
        """The API that a provider speaks."""

        RESPONSES = "responses", "Responses"
        CHAT_COMPLETIONS = "chat_completions", "Chat Completions"

    class Background(models.TextChoices):
        """Which responses run in the background at the provider."""

        AUTO = "auto", _("If the model thinks")
        ALWAYS = "always", _("Always")
        NEVER = "never", _("Never")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name"), max_length=100, unique=True)
    dialect = models.CharField(_("API"), max_length=30, choices=Dialect.choices, default=Dialect.RESPONSES)
    base_url = models.CharField(_("Address"), max_length=500)
    key = models.TextField(blank=True, help_text="encrypted (providers/encryption.py)")
    headers = models.TextField(blank=True, help_text="further headers as JSON, encrypted")
    organization = models.CharField(_("Organization"), max_length=200, blank=True)
    project = models.CharField(_("Project"), max_length=200, blank=True)
    timeout = models.FloatField(
        _("Longest silence, in seconds"),
        default=300,
        help_text="seconds that it may stay silent before an answer fails",
    )
    connect_timeout = models.FloatField(_("Longest time to connect, in seconds"), default=10, help_text="seconds")
    store = models.BooleanField(_("It may store responses"), default=True, help_text="whether it may store responses")
    background = models.CharField(
        _("Answer in the background"), max_length=10, choices=Background.choices, default=Background.AUTO
    )
    capabilities = models.JSONField(default=dict, blank=True, help_text="what a test found")
    is_from_environment = models.BooleanField(default=False, help_text="pages can't change it")
    is_enabled = models.BooleanField(_("Enabled"), default=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.UniqueConstraint(
                fields=["is_from_environment"],
                condition=models.Q(is_from_environment=True),
                name="provider_of_environment",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Model(models.Model):
    """A model of a provider, and what it takes."""

    class Temperature(models.TextChoices):
        """When a model takes `temperature` and `top_p`."""

        ALWAYS = "always", _("Always")
        WITHOUT_EFFORT = "without_effort", _("Unless it thinks")
        NEVER = "never", _("Never")

    class OutputFormat(models.TextChoices):
        """The strictest format of an answer that a model keeps to."""

        TEXT = "", _("Text")
        JSON_OBJECT = "json_object", _("JSON")
        JSON_SCHEMA = "json_schema", _("JSON with a schema")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, verbose_name=_("Provider"), on_delete=models.CASCADE, related_name="models")
    name = models.CharField(_("Name in the API"), max_length=200, help_text="the id that the provider's API takes")
    title = models.CharField(
        _("Shown as"), max_length=200, blank=True, help_text="the name that is shown; empty: the id"
    )
    context_window = models.PositiveIntegerField(
        _("Context window, in tokens"), null=True, blank=True, help_text="tokens"
    )
    max_output_tokens = models.PositiveIntegerField(_("Most output tokens"), null=True, blank=True)
    efforts = models.JSONField(default=list, blank=True, help_text="of reasoning, lowest first; empty: it takes none")
    default_effort = models.CharField(max_length=20, blank=True)
    takes_verbosity = models.BooleanField(_("Takes a verbosity"), default=False)
    takes_summaries = models.BooleanField(_("Summarizes what it thinks"), default=False)
    temperature = models.CharField(
        _("Takes a temperature"), max_length=20, choices=Temperature.choices, default=Temperature.ALWAYS
    )
    takes_images = models.BooleanField(_("Sees images"), default=True)
    takes_files = models.BooleanField(_("Reads files"), default=False)
    takes_functions = models.BooleanField(_("Calls functions"), default=False)
    hosted_tools = models.JSONField(default=list, blank=True)
    output_format = models.CharField(
        _("Strictest format of answers"),
        max_length=20,
        choices=OutputFormat.choices,
        blank=True,
        default=OutputFormat.TEXT,
    )
    shutdown_on = models.DateField(_("Ends on"), null=True, blank=True)
    is_enabled = models.BooleanField(_("Enabled"), default=True)
    groups = models.ManyToManyField(
        Group, verbose_name=_("For"), blank=True, related_name="+", help_text="who may use it; none: everybody"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title", "name"]
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="model_of_provider")]

    def __str__(self) -> str:
        return self.title or self.name


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


class UploadedFile(models.Model):
    """A content that a provider keeps for us (uploads.py)."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    account = models.CharField(max_length=64, help_text="a digest of the provider's address and project")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content, as hexadecimal")
    name = models.CharField(max_length=300, db_default="", default="", help_text="under which it is there")
    file_id = models.CharField(max_length=100, help_text="the provider's")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="when the provider deletes it by itself")
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="since when it is to be deleted at the provider, and isn't used any more"
    )
    retry_at = models.DateTimeField(null=True, blank=True, help_text="when its deletion is tried next")
    tries = models.PositiveIntegerField(default=0, help_text="how often its deletion failed")

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["digest", "account"], name="uploads_of_content"),
            models.Index(fields=["file_id"], name="upload_of_provider"),
            models.Index(fields=["retry_at"], name="uploads_to_delete", condition=models.Q(deleted_at__isnull=False)),
            models.Index(fields=["expires_at"], name="uploads_that_end"),
        ]

    def __str__(self) -> str:
        return self.file_id
