from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from django.db import transaction

from apps.accounts.models import Brand
from apps.billing.errors import ImportInvalid
from apps.billing.services.run.bill_customer import lock_billed_customer
from apps.billing.services.subscriptions.agree_schedule import check_quantities
from apps.billing.services.usage.watch_usage import watch_usage
from apps.billing.subscription_file import FileRow, RowInvalid, fault_of
from apps.core.errors import DomainError, FieldError
from apps.customers.enums import TestClockStatus
from apps.customers.models import Customer
from apps.customers.profile import CustomerProfile
from apps.customers.selectors import clock_time, customer_with_external_id
from apps.customers.services.create_customer import create_customer
from apps.payments.selectors import default_method
from apps.plans.enums import VersionStatus
from apps.plans.models import PlanVersion
from apps.plans.selectors import get_plan, get_version, prices_of, published_version
from apps.pricing.errors import PricingError
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import as_utc, start_of_day
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import items_of
from apps.subscriptions.services.adopt import Adoption, adopt_subscription
from apps.subscriptions.services.record_trial_use import record_trial_use
from apps.subscriptions.services.start import SubscriptionTerms

# What a customer says of itself, where a row brings one along.
_PROFILE = ("name", "email", "country", "time_zone")


@dataclass(slots=True)
class ImportReport:
    """What an import has done: external ids of subscriptions made and of those that were there, and of the
    customers that were made."""

    made: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)


@transaction.atomic
def import_subscriptions(
    *, brand: Brand, livemode: bool, rows: Sequence[FileRow], at: datetime, dry_run: bool = False
) -> ImportReport:
    """Take over subscriptions that run elsewhere, all of them or none, in one transaction.

    The period that runs is paid there: nothing of it is billed, and the next bill comes at its end. Trials
    that were had count as had. A row whose external id a subscription of the brand and mode has or had is
    left alone, so the same file twice is once. `at` is real time; a customer on a test clock is taken over in
    its own. A `dry_run` does all of it and takes it back.

    Raises:
        ImportInvalid: a row cannot be; `errors` name every line and field (422).
    """
    report, faults = ImportReport(), list[FieldError]()
    for row in rows:
        try:
            # A savepoint: what a refused row had begun is not there for the rows behind it.
            with transaction.atomic():
                _import_row(brand, livemode, row, at, report)
        except RowInvalid as error:
            faults.append(fault_of(row.line, error.field, "invalid_input", error.message))
        except PricingError as error:
            faults.append(fault_of(row.line, error.field or None, error.code, str(error)))
        except DomainError as error:
            named = error.field_errors() or [FieldError(None, error.code, error.message)]
            faults += [fault_of(row.line, fault.field, fault.code, fault.message) for fault in named]
    if faults:
        raise ImportInvalid(faults[0].message, errors=faults)
    if dry_run:
        transaction.set_rollback(True)
    return report


def _import_row(brand: Brand, livemode: bool, row: FileRow, at: datetime, report: ImportReport) -> None:
    external_id = row.text("external_id")
    had = Subscription.objects.filter(brand=brand, livemode=livemode, external_id=external_id)
    if external_id in report.made:
        raise RowInvalid("external_id", f"'{external_id}' stands in the file twice.")
    if had.exists():
        report.known.append(external_id)
        return
    customer = _customer(brand, livemode, row, at, report)
    now = clock_time(_moved_clock(customer)) or at
    adoption = _adoption(customer, row, now)
    subscription = adopt_subscription(customer=customer, adoption=adoption, at=now)
    if row.yes("trial_used") or adoption.terms.trial_until is not None:
        method = default_method(customer.pk)
        record_trial_use(subscription=subscription, card_fingerprint=method.fingerprint if method else "")
    watch_usage(subscription=subscription, items=items_of(subscription.phases.get()))
    report.made.append(external_id)


def _moved_clock(customer: Customer) -> int | None:
    clock = customer.test_clock
    return None if clock is None or clock.status == TestClockStatus.RELEASED else clock.pk


def _customer(brand: Brand, livemode: bool, row: FileRow, at: datetime, report: ImportReport) -> Customer:
    reference = row.text("customer")
    known = customer_with_external_id(brand_id=brand.pk, livemode=livemode, external_id=reference)
    if known is not None:
        return lock_billed_customer(customer_id=known.pk)
    if not row.text("name") and not row.text("email"):
        raise RowInvalid("customer", f"There is no customer '{reference}', and no name and e-mail of one.")
    told = {name: row.text(name) for name in _PROFILE if row.text(name)}
    told |= {"external_id": reference, "currency": row.text("currency") or brand.default_currency}
    made = create_customer(brand=brand, livemode=livemode, at=at, **cast(CustomerProfile, told))
    report.customers.append(reference)
    return lock_billed_customer(customer_id=made.pk)


def _adoption(customer: Customer, row: FileRow, at: datetime) -> Adoption:
    started_at = _instant(customer, row, "started_at")
    trial_ends_at = _instant(customer, row, "trial_ends_at")
    assert started_at is not None  # noqa: S101 - a required column
    if started_at > at:
        raise RowInvalid("started_at", "It has not begun: subscribe with a start to come instead.")
    paid = _paid(customer, row, started_at, trial_ends_at if trial_ends_at and trial_ends_at > at else None)
    return Adoption(
        terms=_terms(customer, row, trial_ends_at),
        started_at=started_at,
        paid=paid,
        anchor_at=_instant(customer, row, "anchor"),
    )


def _paid(customer: Customer, row: FileRow, started_at: datetime, trial_ends_at: datetime | None) -> Period:
    starts_at = _instant(customer, row, "current_period_start") or (started_at if trial_ends_at else None)
    ends_at = _instant(customer, row, "current_period_end") or trial_ends_at
    for name, instant in (("current_period_start", starts_at), ("current_period_end", ends_at)):
        if instant is None:
            raise RowInvalid(name, "It is needed for what is not in trial.")
    assert starts_at is not None and ends_at is not None  # noqa: S101, PT018 - checked above
    if ends_at <= starts_at:
        raise RowInvalid("current_period_end", "A period ends after it starts.")
    if starts_at < started_at:
        raise RowInvalid("current_period_start", "A period does not start before the subscription.")
    return Period(starts_at, ends_at)


def _terms(customer: Customer, row: FileRow, trial_ends_at: datetime | None) -> SubscriptionTerms:
    version = _version(customer, row)
    currency = row.text("currency").upper() or customer.currency
    prices = prices_of(version, currency)
    quantity, quantities = row.number("quantity", default=1) or 0, row.counts("quantities")
    check_quantities(prices, quantity, quantities)
    billing_day = row.number("billing_day")
    if billing_day is not None and not 1 <= billing_day <= 31:
        raise RowInvalid("billing_day", "A billing day is from 1 to 31.")
    method = row.text("collection_method") or CollectionMethod.CHARGE_AUTOMATICALLY
    if method not in CollectionMethod.values:
        raise RowInvalid("collection_method", f"It is one of {', '.join(CollectionMethod.values)}.")
    return SubscriptionTerms(
        version=version,
        prices=prices,
        currency=currency,
        quantity=quantity,
        quantities=quantities,
        trial_until=trial_ends_at,
        billing_day=billing_day,
        external_id=row.text("external_id"),
        collection_method=CollectionMethod(method),
    )


def _version(customer: Customer, row: FileRow) -> PlanVersion:
    number = row.number("version")
    if number is None:
        return published_version(plan_code=row.text("plan"), brand_id=customer.brand_id)
    # Who runs on an old version, or on a plan that is sold no more, keeps it.
    plan = get_plan(reference=row.text("plan"), brand_id=customer.brand_id)
    version = get_version(plan=plan, number=number)
    if version.status != VersionStatus.PUBLISHED:
        raise RowInvalid("version", f"Version {number} of '{plan.code}' was never published.")
    return version


def _instant(customer: Customer, row: FileRow, name: str) -> datetime | None:
    moment = row.moment(name)
    if isinstance(moment, datetime):
        return as_utc(moment)
    return start_of_day(moment, customer.time_zone) if isinstance(moment, date) else None
