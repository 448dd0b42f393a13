"""A shop with a year behind it: several plans, growth, churn, declines and parked work; for browser tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.models import Brand
from apps.audit.services.seal import drain_unsealed
from apps.billing.models import ParkedCustomer
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.billing.services.run.run_billing import run_billing
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core import clock
from apps.core.due_work import Scope
from apps.customers.models import Customer, TestClock
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.services.apply_payment import apply_payment
from apps.notifications.models import Mail
from apps.payments.models import GatewayEvent, Payment
from apps.reporting.services.project import project_movements
from apps.subscriptions.models import Subscription
from tests.backoffice.shop import make_gateway_event, make_mail, make_parked, make_payment
from tests.factories.billing import make_card
from tests.factories.customers import make_brand, make_customer, make_member, make_test_clock
from tests.factories.usage import make_event, send
from tests.fixtures.database import ROOT

CATALOG = ROOT / "docs" / "examples" / "demo-shop.yaml"
# Name, plan, quantity, how many days ago it began, and how many days ago it ended.
BUYERS = (
    ("Ada & Sons", "scale", 1, 330, None),
    ("Babbage Engines", "team", 8, 280, None),
    ("Curie Labs", "team", 3, 240, 40),
    ("Darwin Travels", "starter", 1, 200, None),
    ("Euler Maths", "scale", 1, 150, None),
    ("Fermi Power", "team", 5, 95, None),
    ("Gauss Surveys", "starter", 1, 70, 5),
    ("Hopper Software", "starter", 1, 20, None),
)


@dataclass(frozen=True, slots=True)
class History:
    """Rows that the pages of the tests are about."""

    brand: Brand
    clock: TestClock
    customer: Customer
    subscription: Subscription
    invoice: Invoice
    payment: Payment
    parked: ParkedCustomer
    mail: Mail
    gateway_event: GatewayEvent


def live_a_year() -> History:
    now = clock.now()
    brand = make_brand(
        code="pigeon",
        name="Pigeon",
        legal_name="Pigeon Mail GmbH",
        default_currency="EUR",
        support_email="help@pigeon.example",
        invoice_prefix="PIG",
        accent_color="#0f766e",
        default_time_zone="Europe/Berlin",
    )
    import_catalog(text=CATALOG.read_text(), filename=CATALOG.name, at=now)
    ends = [(row[4], _buy(brand, row, now)) for row in BUYERS]
    _bill_until(now, {subscription.pk: now - timedelta(days=days) for days, subscription in ends if days})
    _pay_most(now)
    while drain_unsealed() or project_movements():
        pass
    return _with_trouble(brand, now)


def _buy(brand: Brand, buyer: tuple[str, str, int, int, int | None], now: datetime) -> Subscription:
    name, plan, quantity, days, _ = buyer
    at = now - timedelta(days=days)
    word = name.split()[0].lower()
    customer = make_customer(
        brand=brand,
        name=name,
        email=f"billing@{word}.example",
        created_at=at,
        address_lines=["Hauptstraße 1"],
        postal_code="10115",
        city="Berlin",
        time_zone="Europe/Berlin",
    )
    make_member(customer=customer)
    make_card(customer)
    bought = subscribe(customer=customer, purchase=Purchase(plan_code=plan, quantity=quantity), at=at)
    if plan == "scale":
        used = [
            make_event(
                customer, "api.call", timestamp=now - timedelta(days=n), properties={"calls": 9000 + n}
            )
            for n in range(1, min(days, 60))
        ]
        send(customer, *used, received_at=now)
    return bought.subscription


def _bill_until(now: datetime, endings: dict[int, datetime]) -> None:
    """Month after month in order, and each ending at its time."""
    while True:
        due = Subscription.objects.filter(next_bill_at__lte=now).order_by("next_bill_at").first()
        ending = min(endings.items(), key=lambda pair: pair[1], default=None)
        if ending and (due is None or due.next_bill_at is None or ending[1] < due.next_bill_at):
            cancel_now(subscription_id=ending[0], reason="too_expensive", comment="", at=ending[1])
            del endings[ending[0]]
        elif due is None or due.next_bill_at is None:
            return
        else:
            run_billing(scope=Scope(None), at=due.next_bill_at)


def _pay_most(now: datetime) -> None:
    for number, invoice in enumerate(
        Invoice.objects.filter(status=InvoiceStatus.OPEN).order_by("created_at")
    ):
        if now - invoice.created_at < timedelta(days=12) or number % 11 == 10:
            continue
        apply_payment(
            invoice_id=invoice.pk,
            amount_minor=invoice.due_minor,
            at=invoice.created_at,
            payment_id=f"pay_{invoice.pk}",
        )


def _with_trouble(brand: Brand, now: datetime) -> History:
    customer = Customer.objects.get(name="Ada & Sons")
    unpaid = Invoice.objects.filter(status=InvoiceStatus.OPEN).order_by("created_at")[0]
    return History(
        brand=brand,
        clock=make_test_clock(brand=brand, name="Spring", now_at=now, created_at=now),
        customer=customer,
        subscription=Subscription.objects.get(customer=customer),
        invoice=unpaid,
        payment=make_payment(unpaid, at=now - timedelta(hours=2)),
        parked=make_parked(Customer.objects.get(name="Darwin Travels"), at=now),
        mail=make_mail(customer, at=now, html_body="<h1>Your invoice</h1><p>It is attached.</p>"),
        gateway_event=make_gateway_event("evt_lost", at=now),
    )
