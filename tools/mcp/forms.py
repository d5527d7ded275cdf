"""The forms of MCP servers: what they are, and which of their tools are on."""

import hashlib
import re
from collections.abc import Iterator
from itertools import chain, count
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django import forms
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.forms import PageForm
from accounts.models import User
from common.text import has_nul, one_line, visible
from providers.encryption import Undecryptable, decrypt, encrypt
from tools.mcp.catalog import ALWAYS, NEVER
from tools.mcp.grants import GivenClient
from tools.mcp.listed import ListedTool, read_stored
from tools.models import MAX_LABEL_CHARACTERS, McpServer, may_add_own, may_manage

MAX_SERVERS = 50
"""Of one person, and of the host."""
MAX_SECRET_CHARACTERS = 8000
MAX_CLIENT_ID_CHARACTERS, MAX_CLIENT_SECRET_CHARACTERS = 500, 2000
MINE, EVERYBODY, GROUPS = "mine", "everybody", "groups"
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
OURS = {"host", "content-length", "transfer-encoding", "connection", "accept", "accept-encoding", "content-type"}
"""Headers that a request has anyway."""


class ServerForm(PageForm, forms.ModelForm):  # type: ignore[type-arg]
    """The form of a new or an existing server. Its secret is written, and never shown."""

    name = forms.CharField(label=_("Name"), max_length=100)
    url = forms.CharField(
        label=_("Address"),
        help_text=_("Where the server speaks the Model Context Protocol over HTTP, such as https://example.org/mcp."),
        max_length=2000,
        widget=forms.URLInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    auth = forms.ChoiceField(
        label=_("Signing in"),
        choices=[
            (McpServer.Auth.OAUTH, _("Each person signs in at the server (OAuth)")),
            (McpServer.Auth.HEADER, _("One key for all, in a header")),
            (McpServer.Auth.NONE, _("Nobody needs to")),
        ],
        widget=forms.RadioSelect,
    )
    header = forms.CharField(label=_("Header"), initial="Authorization", required=False, max_length=100)
    secret = forms.CharField(
        label=_("Its value"),
        help_text=_("As the server's documentation says, such as “Bearer” and a key."),
        required=False,
        max_length=MAX_SECRET_CHARACTERS,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label=_("Client ID"),
        required=False,
        max_length=MAX_CLIENT_ID_CHARACTERS,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        help_text=_("If the server gave one."),
        required=False,
        max_length=MAX_CLIENT_SECRET_CHARACTERS,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    visibility = forms.ChoiceField(label=_("For"), widget=forms.RadioSelect)
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"), label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple
    )
    transport = forms.ChoiceField(
        label=_("Called by"),
        choices=[
            (McpServer.Transport.HTTP, _("This site, so that servers in your network work, too")),
            (McpServer.Transport.PROVIDER, _("The provider of the model, which then gets the key")),
        ],
        widget=forms.RadioSelect,
        initial=McpServer.Transport.HTTP,
    )
    is_active = forms.BooleanField(label=_("Offer its tools"), required=False, initial=True)

    class Meta:
        model = McpServer
        fields = ["name", "url", "auth", "groups", "transport", "is_active"]

    field_order = (
        "name",
        "url",
        "auth",
        "header",
        "secret",
        "client_id",
        "client_secret",
        "visibility",
        "groups",
        "transport",
        "is_active",
    )

    def __init__(self, *args: Any, instance: McpServer, user: User, redirect_uri: str, **kwargs: Any) -> None:
        self._user = user
        self._client = _client_of(instance)
        self._before = McpServer(url=instance.url, auth=instance.auth, transport=instance.transport)
        self.is_new = instance._state.adding
        super().__init__(*args, instance=instance, initial=self._initial(instance), **kwargs)
        choices = self._scopes(instance)
        self.fields["visibility"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["visibility"].widget = forms.HiddenInput()
        if not may_manage(user) or instance.owner_id or not Group.objects.exists():
            del self.fields["groups"]
        if instance.transport == McpServer.Transport.STDIO:
            # How it is reached is the setting's.
            for name in ("url", "auth", "header", "secret", "client_id", "client_secret", "transport"):
                del self.fields[name]
            return
        self.fields["client_id"].help_text = _(
            "Only for a server that lets no site register by itself. Register this site there, with the address "
            "%(address)s to which people come back."
        ) % {"address": redirect_uri}
        if self._client and self._client.secret:
            self.fields["client_secret"].help_text = _(
                "It is kept encrypted, and not shown. Leave this empty to keep it."
            )
        if instance.headers:
            self.fields["secret"].help_text = _("It is kept encrypted, and not shown. Leave this empty to keep it.")

    def _initial(self, instance: McpServer) -> dict[str, Any]:
        return {"visibility": self._scope(instance), "client_id": self._client.client_id if self._client else ""}

    def _scope(self, instance: McpServer) -> str:
        if self.is_new:
            return EVERYBODY if may_manage(self._user) else MINE
        if instance.owner_id:
            return MINE
        return GROUPS if instance.groups.exists() else EVERYBODY

    def _scopes(self, instance: McpServer) -> list[tuple[str, Any]]:
        """Return whose a server can be. Somebody's own never becomes the host's: its tools were made for them alone."""
        own = [(MINE, _("Me alone"))] if (may_add_own(self._user) and self.is_new) or instance.owner_id else []
        if not may_manage(self._user) or instance.owner_id:
            return own
        groups = [(GROUPS, _("Groups"))] if Group.objects.exists() else []
        return [(EVERYBODY, _("Everybody")), *groups, *own]

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            parts = urlsplit(url)
            is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            is_address = False
        if not is_address or not url.isascii() or not url.isprintable() or " " in url or parts.fragment:
            raise forms.ValidationError(_("Use an address such as https://example.org/mcp."), code="invalid")
        if "@" in parts.netloc:
            raise forms.ValidationError(_("Write the key into the header, not into the address."), code="invalid")
        return url

    def clean_header(self) -> str:
        header: str = self.cleaned_data["header"].strip()
        if header and (not HEADER.fullmatch(header) or header.lower() in OURS):
            raise forms.ValidationError(_("This can't be the name of a header."), code="invalid")
        return header

    def clean_client_id(self) -> str:
        return self._clean_ascii("client_id")

    def clean_client_secret(self) -> str:
        return self._clean_ascii("client_secret")

    def _clean_ascii(self, name: str) -> str:
        """Return what RFC 6749 lets a client ID or its secret be (appendix A)."""
        text: str = self.cleaned_data[name].strip()
        if text and not (text.isascii() and text.isprintable()):
            raise forms.ValidationError(_("It can't have such characters."), code="invalid")
        return text

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"].strip()
        if has_nul(secret) or not (secret.isascii() and (secret.isprintable() or not secret)):
            raise forms.ValidationError(_("A header can't have such characters."), code="invalid")
        return secret

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("auth") == McpServer.Auth.HEADER and "secret" in cleaned and "url" in cleaned:
            # Who may change an address must not be able to read the key by having it sent elsewhere.
            keeps = self.instance.headers and not self.is_moved(cleaned["url"])
            if cleaned["secret"] and not cleaned.get("header") and "header" not in self.errors:
                self.add_error("header", forms.ValidationError(_("Enter the name of the header."), code="required"))
            elif not cleaned["secret"] and not keeps:
                self.add_error("secret", forms.ValidationError(_("Enter the value of the header."), code="required"))
        if cleaned.get("auth") == McpServer.Auth.OAUTH and {"client_id", "client_secret", "url"} <= cleaned.keys():
            self._clean_client(cleaned)
        if cleaned.get("visibility") == GROUPS and not cleaned.get("groups"):
            self.add_error("groups", forms.ValidationError(_("Choose at least one group."), code="required"))
        owner = self._user if cleaned.get("visibility") == MINE else None
        if self.is_new and McpServer.objects.filter(owner=owner).count() >= MAX_SERVERS:
            raise forms.ValidationError(
                _("There are already %(most)s servers. Remove one first."),
                code="too_many",
                params={"most": MAX_SERVERS},
            )
        return cleaned

    def _clean_client(self, cleaned: dict[str, Any]) -> None:
        client_id, secret, before = cleaned["client_id"], cleaned["client_secret"], self._client
        if secret and not client_id:
            self.add_error("client_id", forms.ValidationError(_("Enter the client ID, too."), code="required"))
        elif (
            before and before.secret and not secret and client_id == before.client_id and self.is_moved(cleaned["url"])
        ):
            message = _("Enter the client secret again: the server has another address.")
            self.add_error("client_secret", forms.ValidationError(message, code="required"))

    def is_moved(self, url: str) -> bool:
        """Return whether the server has another address than before, so that nothing counts that was given to it."""
        before, now = urlsplit(self._before.url), urlsplit(url)
        return (before.scheme, before.netloc.lower()) != (now.scheme, now.netloc.lower())

    @property
    def is_another(self) -> bool:
        """Whether what is saved is reached in another way, or by somebody else: its tools are to be read again."""
        before, saved = self._before, self.instance
        is_reached_alike = (before.url, before.auth, before.transport) == (saved.url, saved.auth, saved.transport)
        return not is_reached_alike or self.has_new_secret or self.has_new_client

    @property
    def has_new_secret(self) -> bool:
        """Whether another key was entered."""
        return bool(self.cleaned_data.get("secret"))

    @property
    def has_new_client(self) -> bool:
        """Whether another client ID was entered, none any more, or a new secret."""
        before = self._client.client_id if self._client else ""
        return bool(self.cleaned_data.get("client_secret")) or self.cleaned_data.get("client_id", before) != before

    def save(self, commit: bool = True) -> McpServer:  # noqa: FBT001, FBT002  Django's own signature
        server = self.instance
        if self.is_new:
            server.owner = self._user if self.cleaned_data["visibility"] == MINE else None
            server.label = free_label(server.name)
        if server.auth != McpServer.Auth.HEADER:
            server.headers = ""
        elif self.has_new_secret:
            header = {self.cleaned_data["header"]: self.cleaned_data["secret"]}
            server.headers = encrypt(msgspec.json.encode(header).decode())
        if server.auth != McpServer.Auth.OAUTH or (self.has_new_client and not self.cleaned_data["client_id"]):
            server.client = ""
        elif self.has_new_client or (server.client and self.is_moved(server.url)):
            client = GivenClient(self.cleaned_data["client_id"], self.cleaned_data["client_secret"])
            server.client = encrypt(msgspec.json.encode(client).decode())
        if self.cleaned_data["visibility"] != GROUPS and "groups" in self.cleaned_data:
            self.cleaned_data["groups"] = Group.objects.none()
        try:
            with transaction.atomic():
                saved: McpServer = super().save(commit)
        except IntegrityError:
            if not self.is_new:
                raise
            # Somebody has added one with this name at the same moment.
            server.label = free_label(server.name)
            saved = super().save(commit)
        return saved


def _client_of(server: McpServer) -> GivenClient | None:
    """Return how somebody has registered this site at a server; None if they haven't, or if it can't be read."""
    try:
        return msgspec.json.decode(decrypt(server.client), type=GivenClient) if server.client else None
    except (Undecryptable, msgspec.DecodeError):
        return None


def free_label(name: str) -> str:
    """Return a label for a new server that no other one has."""
    plain = re.sub("[-_]+", "-", slugify(name))[:MAX_LABEL_CHARACTERS].strip("-") or "server"
    taken = set(McpServer.objects.filter(label__startswith=plain[:20]).values_list("label", flat=True))
    numbered = (f"{plain[: MAX_LABEL_CHARACTERS - 8]}-{number}" for number in count(2))
    return next(label for label in chain([plain], numbered) if label not in taken)


class ToolsForm(PageForm, forms.Form):
    """Which of a server's tools are on, and which ask first."""

    def __init__(self, *args: Any, instance: McpServer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._server = instance
        self._tools = {tool_key(tool): tool for tool in read_stored(instance.tools)}
        for key, tool in self._tools.items():
            is_on = instance.enabled is None or tool.name in instance.enabled
            self.fields[f"on-{key}"] = forms.BooleanField(label=title(tool), required=False, initial=is_on)
            only_reads = tool.annotations.read_only_hint
            self.fields[f"asks-{key}"] = forms.ChoiceField(
                required=False,
                choices=[
                    ("", _("No, as it only reads") if only_reads else _("Yes, as by default")),
                    (ALWAYS, _("Always")),
                    (NEVER, _("Never")),
                ],
                initial=instance.approvals.get(tool.name, ""),
            )

    def entries(self) -> Iterator[tuple[ListedTool, Any, Any]]:
        """Yield each tool with its two fields."""
        for key, tool in self._tools.items():
            yield tool, self[f"on-{key}"], self[f"asks-{key}"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if any(f"asks-{key}" not in self.data for key in self._tools):
            # What is sent was chosen of something else.
            raise forms.ValidationError(_("The server has changed its tools. Look at them again."), code="changed")
        return cleaned

    def save(self) -> None:
        """Store what was chosen. Tools that the server has later are off until somebody looks at them."""
        chosen = self.cleaned_data
        self._server.enabled = [tool.name for key, tool in self._tools.items() if chosen[f"on-{key}"]]
        self._server.approvals = {
            tool.name: asks for key, tool in self._tools.items() if (asks := chosen[f"asks-{key}"])
        }
        self._server.save(update_fields=["enabled", "approvals", "updated_at"])


def tool_key(tool: ListedTool) -> str:
    """Return what stands for a tool in a form: another one if the server says something else of it."""
    said = msgspec.json.encode(msgspec.structs.replace(tool, changed_at=None))
    return hashlib.sha256(said).hexdigest()[:16]


def title(tool: ListedTool) -> str:
    """Return what people read of a tool."""
    return visible(one_line(tool.title) or one_line(tool.name) or tool.name)
