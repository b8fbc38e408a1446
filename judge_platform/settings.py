"""All settings, read from typed environment readers. With nothing set, the whole loop runs on one laptop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kombu
from csp.constants import NONE, SELF

from judge_platform.embedded import embedded_database_url
from judge_platform.env import (
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
    env_url,
    parse_database_url,
)
from judge_platform.logs import logging_config
from models_llm.choices import Queue

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env_bool("DEBUG", default=False)
PUBLIC = env_bool("PUBLIC", default=False)  # reached over a network by people: HTTPS and a secret are demanded
BEHIND_PROXY = env_bool("BEHIND_PROXY", default=False)
SECRET_KEY = env_secret("SECRET_KEY", file=VAR_DIR / "secret_key", required=PUBLIC)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]", "testserver"))
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HOST = env_str("HOST", "127.0.0.1")
PORT = env_int("PORT", default=8000, minimum=1, maximum=65535)
WEB_WORKERS = env_int("WEB_WORKERS", default=2, minimum=1)
WORKER_PROCESSES = env_int("WORKER_PROCESSES", default=2, minimum=1)
WORKER_CONCURRENCY = env_int("WORKER_CONCURRENCY", default=4, minimum=1)
BASE_URL = env_url("BASE_URL", schemes=("http", "https"), default=f"http://{HOST}:{PORT}")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "annotations",
    "models_llm",
    "judge_platform",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "judge_platform.language.language_of_the_user",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "judge_platform.urls"
WSGI_APPLICATION = "judge_platform.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "judge_platform.navigation.frame",
            ],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **parse_database_url("DATABASE_URL", env_str("DATABASE_URL") or embedded_database_url()),
        "CONN_MAX_AGE": env_int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "judge_platform_cache"}}
MEDIA_ROOT = VAR_DIR / "media"
EXPORT_ROOT = VAR_DIR / "exports"
MODEL_ROOT = VAR_DIR / "models"  # of trained reward models; every worker of the engine queue sees it
IMPORT_MAX_BYTES = env_int("IMPORT_MAX_BYTES", default=2 * 1024**3, minimum=1)  # of an upload or a request
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# --- people -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "annotations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "annotations.accounts.AccountAdapter"  # an account needs an invitation
ACCOUNT_EMAIL_VERIFICATION = "none"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # no mail is sent: links are handed over by people
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {  # an office shares one address
    "login": "300/m/ip",
    "login_failed": "30/m/ip,5/300s/key",
    "signup": "10/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Judge Platform"
OIDC_URL = env_url("OIDC_URL", schemes=("http", "https"))  # sign-in through another server, besides passwords
SOCIALACCOUNT_LOGIN_ON_GET = (
    True  # the page between would post to ourselves and be redirected: `form-action` forbids it
)
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_URL:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env_str("OIDC_NAME", "Single sign-on"),
                "client_id": env_str("OIDC_CLIENT_ID"),
                "secret": env_str("OIDC_SECRET"),
                "settings": {"server_url": OIDC_URL},
            }
        ]
    }
SESSION_COOKIE_SECURE = PUBLIC
CSRF_COOKIE_SECURE = PUBLIC
SECURE_SSL_REDIRECT = PUBLIC
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- pages --------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a missing folder at each start
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Served straight from the source folders, so that nothing needs a `collectstatic` first.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env_str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

REST_FRAMEWORK = {
    # A token first: its class says how to sign in, so that an outsider gets 401 and not 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotations.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Judge Platform",
    "DESCRIPTION": "Items, judgements, runs, agreement and judged data sets.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1/projects/\{slug\}|/api/v1",  # what follows names the group of an address
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- work ---------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env_url(
    "CELERY_BROKER_URL", schemes=("filesystem", "redis", "rediss", "amqp", "amqps"), default="filesystem://"
)
if CELERY_BROKER_URL.startswith("filesystem:"):
    BROKER_DIR = VAR_DIR / "broker"
    (BROKER_DIR / "messages").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Above every lease: a message that Redis gives out a second time finds its row done and does nothing.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_DEFAULT_QUEUE = "celery"
# Each with its own exchange and key: Celery would give all of them the default queue's, and every message thrice.
CELERY_TASK_QUEUES = [
    kombu.Queue(name, kombu.Exchange(name), routing_key=name) for name in (CELERY_TASK_DEFAULT_QUEUE, *Queue)
]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
WORKER_QUEUES = env_list("WORKER_QUEUES", tuple(queue.name for queue in CELERY_TASK_QUEUES))  # of `make start`
SWEEP_INTERVAL_S = env_int("SWEEP_INTERVAL_S", default=5, minimum=1)
SHARDS_AHEAD = env_int(
    "SHARDS_AHEAD", default=2 * WORKER_PROCESSES * WORKER_CONCURRENCY, minimum=1
)  # of a queue, with workers or sent
LEASE_S = env_int("LEASE_S", default=60, minimum=2)  # of a shard or an import: how long a dead worker holds it
SWEEPS = (  # what finds the work that a dead process left, or whose message was lost, and drops what is out of date
    "annotations.sweep_chores",
    "annotations.sweep_imports",
    "annotations.sweep_unsettled",
    "annotations.sweep_webhooks",
    "models_llm.sweep_runs",
    "models_llm.sweep_leased_work",
    "models_llm.drop_old_trials",
    "models_llm.adopt_recorded_judges",
)
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    # A message that nobody took before the next one comes is of no use.
    task: {"task": task, "schedule": SWEEP_INTERVAL_S, "options": {"expires": SWEEP_INTERVAL_S}}
    for task in SWEEPS
}
AFTER_IMPORT_TASKS = ["models_llm.adopt_recorded_judges"]  # each is sent the id of the import that ended
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- webhooks -----------------------------------------------------------------------------------------------

WEBHOOK_PRIVATE_HOSTS = env_list("WEBHOOK_PRIVATE_HOSTS")  # of this machine and its network that may be told
WEBHOOK_TIMEOUT_S = env_int("WEBHOOK_TIMEOUT_S", default=10, minimum=1, maximum=60)
WEBHOOK_RETRY_S = env_int("WEBHOOK_RETRY_S", default=10, minimum=1)  # before the second attempt; then longer each time

# --- judges -------------------------------------------------------------------------------------------------

JUDGE_URL = env_url("JUDGE_URL", schemes=("http", "https"))
JUDGE_MODEL = env_str("JUDGE_MODEL")
JUDGE_API_KEY = env_str("JUDGE_API_KEY")
JUDGE_KEY_URLS = env_list(
    "JUDGE_KEY_URLS"
)  # who gets the key besides JUDGE_URL: whoever makes a judge names any server
JUDGE_ALLOWED_HOSTS = env_list("JUDGE_ALLOWED_HOSTS")

# --- logs ---------------------------------------------------------------------------------------------------

LOGGING_CONFIG = None
LOG_FORMAT = env_str("LOG_FORMAT", "text")
LOG_LEVEL = env_str("LOG_LEVEL", "INFO")
logging_config(log_format=LOG_FORMAT, level=LOG_LEVEL)
