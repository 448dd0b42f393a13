"""Database, caches and the files that others brought their own migrations for."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from monetize import env

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# The web server keeps its threads, so a connection a thread is a pool of just the right size.
DATABASES["default"]["CONN_MAX_AGE"] = 600

# Without Redis the counters of rate limits are rows (exact across processes), flags are read from their table
# each time, and only what may differ between processes for a moment lies in memory.
_CACHE_URL = env.text("CACHE_URL", "postgresql:")


def _caches(url: str) -> dict[str, dict[str, Any]]:
    if url.startswith(("redis://", "rediss://")):
        redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
        return {
            "default": redis,
            "counters": {**redis, "KEY_PREFIX": "counters"},
            "flags": {**redis, "KEY_PREFIX": "flags"},
        }
    if url != "postgresql:":
        raise ImproperlyConfigured("CACHE_URL must be postgresql: or begin with redis:// or rediss://.")
    return {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "counters": {
            "BACKEND": "apps.core.counter_cache.PostgresCounterCache",
            "LOCATION": "core_counterwindow",
        },
        "flags": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    }


CACHES = _caches(_CACHE_URL)
RATELIMIT_USE_CACHE = "counters"
RATELIMIT_VIEW = "apps.accounts.views.too_many_requests"
WAFFLE_CACHE_NAME = "flags"
WAFFLE_FLAG_MODEL = "entitlements.FeatureFlag"

# dj-stripe's own three migrations cost a minute on an empty database; the one here gives the same schema.
MIGRATION_MODULES = {"djstripe": "monetize.djstripe_migrations"}

SILENCED_SYSTEM_CHECKS = [
    # It knows three caches by name; ours increments in one statement (tests/core proves it with processes).
    "django_ratelimit.W001",
]
