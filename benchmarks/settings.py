"""The development settings as production would run them: no debug mode, no log line per request."""

from __future__ import annotations

from monetize.settings.dev import *  # noqa: F403

DEBUG = False
LOGGING["root"]["level"] = "WARNING"  # noqa: F405
