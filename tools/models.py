"""MCP servers whose tools the model can call, and people's connections to them."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import User

MAX_LABEL_CHARACTERS = 30


class McpServerQuerySet(models.QuerySet["McpServer"]):
    def visible_to(self, user: User) -> Self:
        """Return the servers that a person may use, those that are off too: the host's for them, and their own."""
        for_everybody = Q(owner=None) & ~Q(pk__in=self.model.groups.through.objects.values("mcpserver"))
        for_groups = self.model.groups.through.objects.filter(group__in=user.groups.all()).values("mcpserver")
        visible = self.filter(Q(owner=user) | for_everybody | Q(owner=None, pk__in=for_groups))
        return self.filter(Q(owner=user) | Q(owner=None)) if may_manage(user) else visible

    def editable_by(self, user: User) -> Self:
        """Return the servers that a person may change: their own, and for those who may, the host's."""
        return self.filter(Q(owner=user) | Q(owner=None)) if may_manage(user) else self.filter(owner=user)


def may_manage(user: User) -> bool:
    """Return whether a person may add, change and remove the host's servers."""
    return user.has_perm("tools.manage_servers")


def may_add_own(user: User) -> bool:
    """Return whether a person may add servers of their own."""
    return user.has_perm("tools.add_own_server")


class McpServer(models.Model):
    """A server that speaks the Model Context Protocol: the host's, which has no owner, or a person's own.

    https://modelcontextprotocol.io
    """

    class Transport(models.TextChoices):
        """Who calls the server, and how."""

        HTTP = "http", _("This server calls it")
        PROVIDER = "provider", _("The provider of the model calls it")
        # A command of MCP_COMMANDS (tools/mcp/commands.py). Pages can't make such a row.
        STDIO = "stdio", _("A command that this server starts")

    class Auth(models.TextChoices):
        """With what it is called."""

        NONE = "none", _("Nothing")
        HEADER = "header", _("A header")
        OAUTH = "oauth", _("Each person signs in")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name"), max_length=100)
    label = models.SlugField(
        max_length=MAX_LABEL_CHARACTERS, unique=True, help_text="what the names of its functions begin with"
    )
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="mcp_servers")
    groups = models.ManyToManyField(
        Group, verbose_name=_("For"), blank=True, related_name="+", help_text="of the host's: none means everybody"
    )
    transport = models.CharField(max_length=20, choices=Transport.choices, default=Transport.HTTP)
    url = models.CharField(_("Address"), max_length=2000, blank=True)
    auth = models.CharField(_("Signing in"), max_length=20, choices=Auth.choices, default=Auth.NONE)
    headers = models.TextField(blank=True, help_text="as JSON, encrypted (providers/encryption.py)")
    client = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="this site's registration there if an admin made it, as JSON, encrypted",
    )
    tools = models.JSONField(default=list, blank=True, help_text="what it said that it has (tools/mcp/listed.py)")
    tools_read_at = models.DateTimeField(null=True, blank=True)
    enabled = models.JSONField(null=True, blank=True, help_text="names of the tools that are on; null: all")
    approvals = models.JSONField(
        default=dict,
        blank=True,
        help_text='by name: "always" or "never" asks first; else, all but those that only read',
    )
    is_active = models.BooleanField(_("Active"), default=True)
    error = models.TextField(blank=True, help_text="why its tools couldn't be read the last time")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[McpServerQuerySet] = McpServerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]
        verbose_name = _("MCP server")
        verbose_name_plural = _("MCP servers")
        default_permissions = ()
        permissions = [
            ("manage_servers", gettext_noop("Can add, change and remove the site's MCP servers")),
            ("add_own_server", gettext_noop("Can add MCP servers of their own")),
        ]

    def __str__(self) -> str:
        return self.name


class McpConnection(models.Model):
    """What a person allowed this site at a server that they have signed in to."""

    class Status(models.TextChoices):
        CONNECTED = "connected", _("Connected")
        # They must sign in again.
        EXPIRED = "expired", _("Expired")
        # Its tokens are never sent again.
        REVOKED = "revoked", _("Disconnected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    server = models.ForeignKey(McpServer, on_delete=models.CASCADE, related_name="connections", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mcp_connections")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.CONNECTED)
    access_token = models.TextField(blank=True, help_text="encrypted")
    refresh_token = models.TextField(blank=True, help_text="encrypted")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="of the access token; null: not known")
    scopes = models.TextField(blank=True)
    client = models.TextField(blank=True, help_text="this site's registration there, as JSON, encrypted")
    endpoints = models.JSONField(default=dict, blank=True, help_text="of the authorization server")
    refreshing_until = models.DateTimeField(
        null=True, blank=True, help_text="while a process refreshes the tokens, which no other one does meanwhile"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["server", "user"], name="mcp_connection_once")]

    def __str__(self) -> str:
        return f"connection {self.pk}"
