"""Apps, middleware, templates, languages, static files, mail."""

from __future__ import annotations

from pathlib import Path

from monetize import env

BASE_DIR = Path(__file__).resolve().parents[3]
DATA_DIR = BASE_DIR / ".data"

DEBUG = False
SITE_URL = env.web_address("SITE_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "apps.core",
    "apps.audit",
    "apps.ledger",
    "apps.accounts",
    "apps.customers",
    "apps.plans",
    "apps.usage",
    "apps.subscriptions",
    "apps.entitlements",
    "apps.promos",
    "apps.wallets",
    "apps.taxes",
    "apps.rating",
    "apps.invoices",
    "apps.payments",
    "apps.billing",
    "apps.notifications",
    "apps.reporting",
    "apps.portal",
    "apps.backoffice",
    "apps.scenarios",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "auditlog",
    "axes",
    "csp",
    "django_filters",
    "django_structlog",
    "djstripe",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "waffle",
]

MIDDLEWARE = [
    # First, so that it times the others.
    "apps.core.request_metrics.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "monetize.middleware.DropWebhookSecretHeader",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # The language of pages: of the browser's cookie, else as it asks; a customer's own comes later.
    "apps.portal.language.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before anything reads the form.
    "apps.core.card_number_guard.RefuseCardNumbers",
    # After authentication, so that a log line knows its user; before what may fail.
    "django_structlog.middlewares.RequestMiddleware",
    "monetize.middleware.RequestIdHeader",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "apps.accounts.middleware.ActorMiddleware",
    "apps.accounts.middleware.StaffMfaMiddleware",
    "waffle.middleware.WaffleMiddleware",
    # Shows RATELIMIT_VIEW when a page was sent too often.
    "django_ratelimit.middleware.RatelimitMiddleware",
    # Last: it answers a locked-out login, and must see what the others did.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "monetize.urls"
WSGI_APPLICATION = "monetize.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "apps.backoffice.context.staff_page_values",
                "apps.portal.context.portal_page",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("hi", "हिन्दी")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"

globals().update(env.mail("EMAIL_URL", "console:"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Monetize <billing@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
