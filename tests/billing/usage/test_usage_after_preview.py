"""Usage that is stored between a preview and its confirmation: that bill leaves it out, a later takes it."""

from __future__ import annotations

import pytest

from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.usage.settle_late_usage import settle_late_usage
from apps.plans.policies import Timing
from apps.usage.selectors import current_watermark
from tests.billing.subscriptions.test_stop_with_credit import MIDDLE, bill, end, lines_of, started
from tests.factories.billing import utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

# Each event needs a transaction of its own: a watermark lies between two of them.
pytestmark = pytest.mark.real_commits


def test_usage_between_a_preview_and_its_change_is_billed_late() -> None:
    meter = make_meter(code="call")
    prices = [metered_price(meter, unit_amount="1.00")]
    subscription = started(make_plan(prices=[flat_price("30.00"), *prices]))
    later = make_plan(prices=[flat_price("60.00"), *prices])
    send(subscription.customer, make_event(subscription.customer, timestamp=utc(2026, 6, 5)))
    previewed = current_watermark()
    send(subscription.customer, make_event(subscription.customer, timestamp=utc(2026, 6, 6)))

    request = ChangeRequest(plan_code=later.code, timing=Timing.NOW)
    (change,) = change_plan(
        subscription_id=subscription.pk, request=request, at=MIDDLE, below=previewed
    ).invoices
    (renewal,) = bill(subscription, utc(2026, 7, 1))

    # Which of the two bills the first event is the watermark's business: other transactions hold it back.
    assert [kind for kind, _ in lines_of(change)][:2] == ["recurring", "credit"]
    usage = [minor for invoice in (change, renewal) for kind, minor in lines_of(invoice) if kind == "usage"]
    assert sum(usage) == 200


def test_usage_between_a_preview_and_its_end_is_billed_late() -> None:
    meter = make_meter(code="call")
    subscription = started(make_plan(prices=[flat_price("30.00"), metered_price(meter, unit_amount="1.00")]))
    previewed = current_watermark()
    send(subscription.customer, make_event(subscription.customer, timestamp=utc(2026, 6, 6)))

    assert end(subscription, below=previewed) == []
    (supplement,) = settle_late_usage(subscription_id=subscription.pk, at=utc(2026, 6, 17)).invoices

    assert lines_of(supplement) == [("usage", 100)]
