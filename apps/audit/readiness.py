"""Whether the log moves: the sealer and the readers of the outbox keep up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from apps.audit.models import UnsealedEvent
from apps.audit.selectors import last_seq, outbox_lag, outbox_readers, sealer_lag
from apps.core import clock
from apps.core.readiness import Check

# Ticks come every five seconds; a minute means that no worker runs, or that it fails.
MAX_LAG = timedelta(minutes=1)


def check_sealer() -> Check:
    """For ``settings.READINESS_CHECKS``."""
    lag = sealer_lag(at=clock.now())
    return Check("sealer", lag <= MAX_LAG, f"{lag.total_seconds():.0f} s behind", blocking=False)


def check_outbox() -> Check:
    """For ``settings.READINESS_CHECKS``: the slowest reader counts."""
    now = clock.now()
    lags = [outbox_lag(reader=reader, at=now) for reader in outbox_readers()]
    lag = max(lags, default=timedelta(0))
    return Check("outbox", lag <= MAX_LAG, f"{lag.total_seconds():.0f} s behind", blocking=False)


def audit_gauges() -> Iterable[Metric]:
    """For ``settings.METRICS``."""
    now = clock.now()
    yield _gauge("monetize_events_sealed", "Events with a place in the chain.", last_seq())
    waiting = UnsealedEvent.objects.count()
    yield _gauge("monetize_events_unsealed", "Events that wait for their seal.", waiting)
    lag = sealer_lag(at=now).total_seconds()
    yield _gauge("monetize_sealer_lag_seconds", "Age of the oldest waiting event.", lag)
    lags = GaugeMetricFamily(
        "monetize_outbox_lag_seconds", "Age of the oldest event not yet read.", labels=["reader"]
    )
    for reader in outbox_readers():
        lags.add_metric([reader], outbox_lag(reader=reader, at=now).total_seconds())
    yield lags


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)
