"""Celery: a doorbell on PostgreSQL. Due work is rows, so a lost message costs a tick and nothing else."""

from __future__ import annotations

import re
from typing import Any

from monetize import env

_DATABASE_URL = env.text("DATABASE_URL", "")
_TIME_LIMIT = 300

# The path of kombu's address is the database name: parameters after it belong to Django only.
_DOORBELL = re.sub(r"^postgres(?:ql)?://", "pgmq://", _DATABASE_URL).partition("?")[0]
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", _DOORBELL or "memory://")

# Longer than twice the time limit: a task that is still running must not be handed out again.
_VISIBILITY = {"visibility_timeout": 3 * _TIME_LIMIT}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("pgmq:"):
    # A migration of core installs the tables; worker remote control would leave queues behind.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **_VISIBILITY,
        "init_extension": False,
        "use_notify": True,
        "wait_time_seconds": 1,
        # A busy worker looks for its next task this often; at the default of a second it takes two a second.
        "polling_interval": 0.05,
        "pool_size": 4,
        # Else a bell that finds no connection holds up its request for half a minute.
        "pool_timeout": 2,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {**_VISIBILITY, "unacked_restore_throttle": 1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = _TIME_LIMIT
CELERY_TASK_SOFT_TIME_LIMIT = _TIME_LIMIT - 30
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Ticks only look for due rows, so beat has nothing to remember between two starts.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
DJANGO_STRUCTLOG_CELERY_ENABLED = True
