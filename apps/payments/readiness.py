"""Whether money's news come in: attempts without an outcome, and messages that nobody has acted on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Min, Q
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from apps.core import clock
from apps.payments.enums import OPEN_STATUSES, PaymentStatus
from apps.payments.models import GatewayEvent, Payment


def payment_gauges() -> Iterable[Metric]:
    """For `settings.METRICS`."""
    open_attempts = Payment.objects.filter(status__in=OPEN_STATUSES).aggregate(
        unknown=Count("id", filter=Q(status=PaymentStatus.UNKNOWN)), count=Count("id")
    )
    yield _gauge("monetize_payments_unknown", "Attempts of unknown outcome.", open_attempts["unknown"])
    yield _gauge("monetize_payments_open", "Attempts that have not ended.", open_attempts["count"])
    inbox = GatewayEvent.objects.filter(processed_at=None).aggregate(
        count=Count("id"), oldest=Min("received_at")
    )
    yield _gauge("monetize_inbox_waiting", "Messages of gateways to act on.", inbox["count"])
    age = _seconds_since(inbox["oldest"])
    yield _gauge("monetize_inbox_age_seconds", "Age of the oldest of these messages.", age)


def _seconds_since(instant: datetime | None) -> float:
    return 0.0 if instant is None else (clock.now() - instant).total_seconds()


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)
