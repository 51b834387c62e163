"""Django's settings for Sluice. Every value a team may set comes from the environment (docs/settings.md)."""

import sys
from pathlib import Path
from typing import Any

from . import database, shared
from . import environment as env
from .secret import audit_keys, stored_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).absolute()
SECRET_KEY = env.text("SECRET_KEY") or stored_key(DATA_DIR)
# Outside the database, so that who can write there cannot sign.
AUDIT_KEYS = audit_keys(env.text("AUDIT_KEY"), DATA_DIR)
DEBUG = env.flag("DEBUG")

HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1, most=65535)
# Whether the event loop and the threads it waits for stay on one processor, where this process serves alone.
ONE_PROCESSOR = env.flag("ONE_PROCESSOR", True)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")

INSTALLED_APPS = [
    "channels",
    "chat.apps.ChatConfig",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
if "runserver" in sys.argv:
    # daphne makes `runserver` an ASGI server; imported elsewhere it would cost every process Twisted's memory.
    INSTALLED_APPS.insert(0, "daphne")

# Static files come before all of these (chatsite.asgi).
MIDDLEWARE = [
    "chat.middleware.trusted_proxy",
    "chat.middleware.probes_by_any_name",
    "chat.middleware.cookies_stay_on_tls",
    "django.middleware.security.SecurityMiddleware",
    "chat.middleware.content_security_policy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chat.middleware.own_time_zone",
]

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "chat.context_processors.csrf_token",
                "chat.context_processors.bypass",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES: dict[str, Any] = {
    "default": database.chosen(env.text("DATABASE_URL"), DATA_DIR / "sluice.sqlite3")
}
if DATABASES["default"]["ENGINE"] == database.SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        # recursive_triggers: without it INSERT OR REPLACE deletes rows past the guards' no-delete triggers.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"
        " PRAGMA secure_delete=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    # Opening one takes 0.5 ms and closing it as much: over the nine threads that query, kept ones halve the cost of
    # a turn. (On PostgreSQL the pool keeps them.)
    DATABASES["default"]["CONN_MAX_AGE"] = None
    # A file, not memory: threads of one test must see the same database under the same locks as in production.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
else:
    # Beside what the address itself asks for, such as sslmode.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 0, "max_size": 11, "timeout": 10,  # and one more says that the process serves (chat.management.presence)
        "num_workers": 1,  # threads that open connections
    }  # fmt: skip
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One process needs none; several on one database share the stream logs that lie there.
REDIS_URL = shared.redis(env.text("REDIS_URL"))
CHANNEL_LAYERS = shared.channel_layers(REDIS_URL)

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = ["chat.people.backend.Backend"]
SESSION_ENGINE = "chat.models.sessions"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "chat-home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = env.zone("TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedStaticFilesStorage"},
}
# `serve` gathers and compresses them; anything else takes them as they lie in the sources.
SERVESTATIC_USE_FINDERS = "serve" not in sys.argv

# A team behind TLS names its https origin, and the cookies then travel over nothing else.
SECURE_COOKIES = env.flag("SECURE_COOKIES", any(o.startswith("https://") for o in CSRF_TRUSTED_ORIGINS))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

CHAT_PROVIDER_PROTOCOL = env.choice(
    "CHAT_PROVIDER_PROTOCOL", ("demo", "openai", "anthropic", "ollama"), "demo"
)
CHAT_PROVIDER_URL = env.text("CHAT_PROVIDER_URL")
CHAT_PROVIDER_KEY = env.text("CHAT_PROVIDER_KEY")
CHAT_MODEL = env.text("CHAT_MODEL")
CHAT_PROVIDER_CONTINUES = env.choice(
    "CHAT_PROVIDER_CONTINUES", ("none", "assistant", "vllm", "prefix"), "none"
)
CHAT_REASONING = env.flag("CHAT_REASONING", True)
CHAT_INSTRUCTIONS = env.text("CHAT_INSTRUCTIONS")
CHAT_CONNECT_TIMEOUT = env.number("CHAT_CONNECT_TIMEOUT", 10, least=0.1)
CHAT_FIRST_BYTE_TIMEOUT = env.number("CHAT_FIRST_BYTE_TIMEOUT", 60, least=0.1)
CHAT_IDLE_TIMEOUT = env.number("CHAT_IDLE_TIMEOUT", 60, least=0.1)
CHAT_TOTAL_TIMEOUT = env.number("CHAT_TOTAL_TIMEOUT", 900, least=1)
CHAT_MAX_QUESTION = env.integer("CHAT_MAX_QUESTION", 32_000, least=1)
CHAT_MAX_ANSWER = env.integer("CHAT_MAX_ANSWER", 400_000, least=1000)
CHAT_MAX_CONTEXT = env.integer("CHAT_MAX_CONTEXT", 60_000, least=1000)
CHAT_MAX_RUNNING = env.integer("CHAT_MAX_RUNNING", 4, least=1)
CHAT_CAPACITY = env.integer("CHAT_CAPACITY", 600, least=1)
CHAT_RUNNER = shared.runner(
    env.choice("CHAT_RUNNER", ("local", "procrastinate"), "local"), DATABASES["default"]["ENGINE"], REDIS_URL
)
if CHAT_RUNNER == "procrastinate":
    INSTALLED_APPS.append("procrastinate.contrib.django")
CHAT_DRAIN = env.number("CHAT_DRAIN", 20)
CHAT_KEEP_DELETED = env.integer("CHAT_KEEP_DELETED", 30)
CHAT_KEEP_UPHELD = env.integer("CHAT_KEEP_UPHELD", 90)
CHAT_KEEP_INVITATIONS = env.integer("CHAT_KEEP_INVITATIONS", 90)
CHAT_KEEP_CHECK_DETAILS = env.integer("CHAT_KEEP_CHECK_DETAILS", 90)
CHAT_PURGE_HOUR = env.integer("CHAT_PURGE_HOUR", 3, most=23)
CHAT_ADMIN_USERNAME = env.text("CHAT_ADMIN_USERNAME")
CHAT_ADMIN_PASSWORD = env.text("CHAT_ADMIN_PASSWORD")
CHAT_OPEN_SIGNUP = env.flag("CHAT_OPEN_SIGNUP")
CHAT_MODERATION_URL = env.text("CHAT_MODERATION_URL")
CHAT_MODERATION_KEY = env.text("CHAT_MODERATION_KEY")
CHAT_MODERATION_MODEL = env.text("CHAT_MODERATION_MODEL")
CHAT_MODERATION_TIMEOUT = env.number("CHAT_MODERATION_TIMEOUT", 10, least=0.1)
METRICS_TOKEN = env.text("METRICS_TOKEN")
WORKER_PORT = env.integer("WORKER_PORT", 0, most=65535)

LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "chat": {"level": LOG_LEVEL},
        "django": {"level": "WARNING"},
        # What fails there is the database, of which chat.runner has one line; it has a traceback for each connection.
        "procrastinate": {"level": "CRITICAL"},
        # Every 4xx as a warning line would bury what an operator should read.
        "django.request": {"level": "ERROR"},
        # What a person sent too much of is told to them; a stack of ours says nothing more to an operator.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
    },
}
