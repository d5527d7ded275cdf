"""What a person allows this site at an MCP server, in the words of OAuth, and what can go wrong with it."""

from uuid import UUID

import msgspec

BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
METHODS = (NONE, POST, BASIC)
"""How this site says at the token endpoint who it is, the simplest first: PKCE proves what matters."""


class AuthorizationFailed(Exception):
    """Signing in didn't work. `sentence` is for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class GrantRefused(AuthorizationFailed):
    """What the person allowed isn't valid any more, so they must sign in again."""


class Authority(msgspec.Struct, frozen=True, omit_defaults=True):
    """An authorization server, and what it protects."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    resource: str
    """For what tokens are asked (RFC 8707)."""
    server_url: str
    """The MCP server's address. Tokens are sent to no other one."""
    registration_endpoint: str = ""
    revocation_endpoint: str = ""
    scope: str = ""
    token_methods: tuple[str, ...] = ()
    names_itself: bool = False
    """Whether it says in each answer who it is (RFC 9207), so that one without it is another one's."""


class Client(msgspec.Struct, frozen=True, omit_defaults=True):
    """This site, as an authorization server knows it."""

    issuer: str
    client_id: str
    redirect_uri: str
    secret: str = ""
    method: str = NONE


class GivenClient(msgspec.Struct, frozen=True, omit_defaults=True):
    """This site, as somebody has registered it at a server that lets no site register by itself."""

    client_id: str
    secret: str = ""
    issuer: str = ""
    """The authorization server with which it was used first, and alone from then on."""

    def at(self, authority: Authority, redirect_uri: str) -> Client:
        """Return it as that authorization server knows it."""
        # The one that every server must take (RFC 6749 section 2.3.1), unless it says otherwise.
        method = POST if POST in authority.token_methods and BASIC not in authority.token_methods else BASIC
        return Client(authority.issuer, self.client_id, redirect_uri, self.secret, method if self.secret else NONE)


class Tokens(msgspec.Struct, frozen=True):
    """What the authorization server gave for a person."""

    access_token: str
    refresh_token: str = ""
    expires_in: int | None = None
    scope: str = ""


class SignIn(msgspec.Struct, frozen=True):
    """A sign-in that a person has begun. It is kept, encrypted, in their session, until they come back."""

    server_id: UUID
    user_id: UUID
    state: str
    verifier: str
    authority: Authority
    client: Client
    begun_at: float
