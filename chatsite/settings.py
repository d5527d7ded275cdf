"""Django's settings. Those that a host may change are in environment.py."""

import os
import secrets
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from chatsite.environment import BASE_DIR, environment, exit_as_invalid
from common.bodies import MAX_BODY_BYTES, MAX_FORM_BYTES

env = environment()


def _secret_key() -> str:
    if env.secret_key:
        return env.secret_key.get_secret_value()
    path = env.data_dir / "secret_key"
    if not path.exists():
        env.data_dir.mkdir(parents=True, exist_ok=True)
        # The file must appear complete, and at no moment be readable by others.
        new = path.with_name(f"secret_key.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50))
        new.replace(path)
    return path.read_text()


TIMEOUTS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""After how much silence a connection to the database counts as dead. The kernel's own defaults are far longer."""
STATEMENT_TIMEOUT = "-c statement_timeout=30s"
"""After how long the database cancels a statement. Migrations are exempt (apps.py)."""
NO_COMPILATION = "-c jit=off"
"""Compiling a statement of a page takes far longer than executing it (docs/performance.md)."""
MAX_CONNECTIONS = 16
"""As many as the pools and the threads of the event loop (common/) use together."""
POOL_TIMEOUT_SECONDS = 3
"""For a free connection. After that, the person is told that the site is busy."""


def _database(url: str | None) -> dict[str, object]:
    if url is None:
        raise ImproperlyConfigured(
            "DATABASE_URL is not set. Only manage.py and `python -m chatsite` start the embedded PostgreSQL."
        )
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        exit_as_invalid(["DATABASE_URL: not an address of a database, such as postgresql://user:password@host/name."])
    if not parts.get("dbname"):
        exit_as_invalid(["DATABASE_URL: names no database. Write postgresql://user:password@host/name."])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # Without it, the pool hands out connections that a restart of PostgreSQL has closed.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **TIMEOUTS,
            **parts,
            "options": f"{STATEMENT_TIMEOUT} {NO_COMPILATION} {parts.get('options', '')}".strip(),
            "pool": {"min_size": 1, "max_size": MAX_CONNECTIONS, "timeout": POOL_TIMEOUT_SECONDS},
        },
    }


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = [key.get_secret_value() for key in env.secret_key_fallbacks]
DEBUG = False

PUBLIC_URL = env.address
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = [_public.hostname or "", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "accounts",
    "providers",
    "files",
    "knowledge",
    "tools",
    "assistants",
    "conversations",
    "review",
    "chatsite.apps.ChatAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "servestatic",
    "django.contrib.staticfiles",
    "csp",
    "channels",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chatsite.storage.StaticFilesMiddleware",
    "chatsite.headers.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "chatsite.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "common.turns.turns_middleware",
    "accounts.middleware.SignInMiddleware",
    # After signing in was asked for: strangers' requests come without their body, and so without its token.
    "django.middleware.csrf.CsrfViewMiddleware",
    "chatsite.errors.RefusalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"assets": "chatsite.templatetags.assets"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

DATABASES = {"default": _database(env.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# It connects the tabs of one process. Processes are connected by conversations/streams/redis.py.
CHANNEL_LAYERS = {"default": {"BACKEND": "conversations.live.layer.ChannelLayer"}}
REDIS_URL = env.redis_url

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["accounts.hashers.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "accounts.passwords.GuessableValidator"}]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
# The page of that address forgets what the tab keeps: static/chat/page/signed-out.js.
LOGOUT_REDIRECT_URL = "/sign-in/#signed-out"

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # Only this host can set them, not another one of its domain. static/chat/lib/http.js knows the name, too.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
# Not in a cookie of its own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# The owner of the domain decides on HSTS for subdomains and on the browsers' preload lists.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
# With https there is always a proxy, because the server itself speaks http.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # No script may make HTML of a string: one that tries fails.
        "require-trusted-types-for": ["'script'"],
        # The addresses of workers: static/chat/lib/workers.js.
        "trusted-types": ["chat-worker"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.data_dir / "static"
# The other folders of static/ are bundled (chatsite/bundle.py).
STATICFILES_DIRS = [(name, BASE_DIR / "static" / name) for name in ("diagram", "icons", "review")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "chatsite.npm.NpmFinder",
]
MEDIA_ROOT = env.data_dir / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chatsite.storage.StaticFilesStorage"},
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False
SERVESTATIC_KEEP_ONLY_HASHED_FILES = True
# All files that are there, not only those of the newest version.
SERVESTATIC_USE_MANIFEST = False
# Other bodies are refused unread (chatsite/bodies.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES + MAX_FORM_BYTES
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "chatsite.logs.Formatter", "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "filters": {
        "outage": {"()": "chatsite.logs.OutageFilter"},
        "request": {"()": "chatsite.request_log.RequestFilter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["outage", "request"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "daphne": {"level": "WARNING"},
        # At DEBUG they log whole requests with their images, at INFO a line for each request.
        "openai": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        # What a server says, with tracebacks. tools/mcp/session.py says what matters of it.
        "mcp": {"level": "CRITICAL"},
        "client": {"level": "CRITICAL"},
        # Each attempt to connect again, beside what failed because of it.
        "psycopg.pool": {"level": "ERROR"},
    },
}

OPENAI_API_KEY = env.openai_api_key.get_secret_value() if env.openai_api_key else "none"
USES_STANDIN = env.uses_standin
OPENAI_BASE_URL = env.standin_url if USES_STANDIN else env.openai_base_url
OPENAI_DIALECT = env.openai_dialect
OPENAI_TIMEOUT = env.openai_timeout
MODEL = "standin" if USES_STANDIN and "model" not in env.model_fields_set else env.model
TITLE_MODEL = env.title_model
MAKES_TITLES = env.title_model != "none"
STORE = env.store
BACKGROUND = env.background
INSTRUCTIONS = env.instructions
MAX_INPUT_CHARACTERS = env.max_input_characters
# In JSON, a character takes up to 12 bytes (an escaped surrogate pair). Ids and addresses take little more.
MAX_COMMAND_BYTES = 12 * MAX_INPUT_CHARACTERS + 65_536
TOOL_MODULES = env.tool_modules
DEFAULT_TOOLS = env.default_tools
MCP_COMMANDS = env.mcp_commands
MAX_TOOL_CALLS = env.max_tool_calls
MAX_TOOL_ROUNDS = env.max_tool_rounds
MAX_TOOL_MINUTES = env.max_tool_minutes
MAX_MADE_FILES = env.max_made_files
MAX_MADE_FILE_BYTES = env.max_made_file_bytes
ALLOWED_PRIVATE_ADDRESSES = env.allowed_private_addresses
MAX_IMAGES = env.max_images
MAX_IMAGE_BYTES = env.max_image_bytes
MAX_IMAGE_PIXELS = env.max_image_pixels
MAX_FILES = env.max_files
MAX_FILE_BYTES = env.max_file_bytes
MAX_FILE_PAGES = env.max_file_pages
