"""May this process be sent traffic? Each check is one cheap question; the settings list them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to one question; ``detail`` is for people, without secrets.

    ``blocking`` is false where another process is at fault: pages still work while a worker is down, so the
    web server stays in service, and says that the installation is degraded.
    """

    name: str
    ok: bool
    detail: str = ""
    blocking: bool = True


ReadinessCheck = Callable[[], Check]


def run_checks() -> list[Check]:
    """The database first, since the others ask it; then ``settings.READINESS_CHECKS``, in order."""
    first = check_database()
    if not first.ok:
        return [first]
    checks = [import_string(path) for path in getattr(settings, "READINESS_CHECKS", ())]
    return [first, *(_guarded(check) for check in (check_migrations, check_broker, *checks))]


def check_database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return Check("database", False, type(error).__name__)
    return Check("database", True)


_migrated = False


def check_migrations() -> Check:
    """Asked until the answer is yes: code and tables only grow apart again with a new process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return Check("migrations", False, f"{len(missing)} not applied")
        _migrated = True
    return Check("migrations", True)


def check_broker() -> Check:
    """The broker's table, where the broker is this PostgreSQL; another is not asked: it is a doorbell."""
    if not str(getattr(settings, "CELERY_BROKER_URL", "")).startswith("pgmq"):
        return Check("broker", True, "external")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pgmq.meta') IS NOT NULL")
        row = cursor.fetchone()
    return Check("broker", bool(row and row[0]), "" if row and row[0] else "pgmq is not installed")


def _guarded(check: ReadinessCheck) -> Check:
    try:
        return check()
    except Error as error:
        return Check(getattr(check, "__name__", "check"), False, type(error).__name__)
