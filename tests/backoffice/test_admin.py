"""The stock admin: everything is there, nothing is slow, no secret shows, and money is not to be touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from djstripe.models import APIKey, WebhookEndpoint

import monetize.urls  # noqa: F401 - fills the admin's registry as the site does
from apps.accounts.enums import EventIdentity, StaffRole
from apps.audit.models import UnsealedEvent
from apps.billing.models import (
    CardExpiryNotice,
    CollectionCase,
    DunningPolicyPlan,
    DunningStep,
    DunningStepTaken,
    UsageWatch,
)
from apps.core.models import CounterWindow, ExchangeRate, IdempotencyRecord
from apps.customers.enums import ConsentKind
from apps.customers.models import Consent, Invitation
from apps.entitlements.models import CustomerAccess, FeatureFlag
from apps.invoices.models import (
    CreditNote,
    CreditNoteDocument,
    CreditNoteLine,
    CreditNoteTax,
    Invoice,
    InvoiceDiscount,
    InvoiceDocument,
    InvoiceLine,
    Quote,
)
from apps.ledger.models import Entry, Transaction
from apps.payments.models import (
    BankStatementLine,
    Dispute,
    GatewayCustomer,
    GatewayMovement,
    GatewayPayout,
    Payment,
    PaymentMethod,
    ReceivedPayment,
    ReceivedPaymentPart,
    ReconciliationRun,
    Refund,
    WebhookSecret,
)
from apps.plans.models import Meter, MinimumCommitment, UsageThreshold
from apps.portal.models import CheckoutSession, PortalSession
from apps.promos.models import CouponUse
from apps.promos.services.record_uses import CouponUseInput, record_uses
from apps.promos.services.redeem import redeem_coupon
from apps.reporting.models import MrrMovement
from apps.subscriptions.models import ScheduledChange, SubscriptionItem, TrialUse
from apps.taxes.enums import EvidenceKind
from apps.taxes.services.record_location import record_location
from apps.taxes.services.set_rate import RateKey, set_rate
from apps.usage.models import FixedEventIdentity, Rollup
from apps.wallets.models import BalanceMovement, CreditGrant, CustomerBalance, GrantMovement, TopUpIntent
from apps.wallets.services.request_top_up import request_top_up
from tests.backoffice.shop import make_shop
from tests.factories.customers import MADE_AT
from tests.factories.invoices import make_draft, make_line
from tests.factories.plans import make_plan
from tests.factories.promos import make_fixed_coupon, make_promotion_code
from tests.factories.staff import make_staff, staff_client
from tests.factories.taxes import make_check, make_registration
from tests.factories.wallets import make_grant, make_wallet

ROWS = 30
# Session, user, permissions, brand lists of filters, two counts and the page itself.
MOST_QUERIES = 16
# Events and their revisions have composite keys, which Django's admin cannot show, and claims tell only that
# an id is taken; members are edited with their customer.
WITHOUT_ADMIN = {"usage.Event", "usage.EventClaim", "usage.EventRevision", "customers.Member"}
# Their rows are few by nature.
FEW_ROWS = {
    "audit.OutboxPosition",
    "audit.Seal",
    "auth.Group",
    "billing.LateUsageSearch",
    "invoices.NumberRule",
    "invoices.NumberSeries",
    "ledger.Account",
}
MONEY = (
    Invoice,
    InvoiceLine,
    CreditNote,
    CreditNoteLine,
    CustomerBalance,
    BalanceMovement,
    CreditGrant,
    GrantMovement,
    TopUpIntent,
    Payment,
    Refund,
    Dispute,
    GatewayMovement,
    GatewayPayout,
    BankStatementLine,
    ReceivedPayment,
    ReceivedPaymentPart,
    Transaction,
    Entry,
    MrrMovement,
    CouponUse,
)


def ours() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def test_every_model_is_in_the_admin() -> None:
    missing = {model._meta.label for model in ours() if not admin.site.is_registered(model)}

    assert missing == WITHOUT_ADMIN


def test_gateway_secrets_are_not_in_the_admin() -> None:
    assert not admin.site.is_registered(APIKey)
    assert not admin.site.is_registered(WebhookEndpoint)


@pytest.mark.django_db
def test_nothing_of_ours_can_be_deleted_but_flags() -> None:
    request = RequestFactory().get("/")
    request.user = make_staff()

    deletable = {
        model._meta.label
        for model in ours()
        if admin.site.is_registered(model) and admin.site._registry[model].has_delete_permission(request)
    }

    assert deletable == {"entitlements.FeatureFlag"}


@pytest.mark.django_db
def test_money_cannot_be_changed_even_by_a_superuser() -> None:
    request = RequestFactory().get("/")
    request.user = make_staff()

    for model in MONEY:
        page = admin.site._registry[model]
        assert not page.has_add_permission(request), model
        assert not page.has_change_permission(request), model


@pytest.mark.django_db
def test_mirror_of_the_gateway_cannot_be_changed() -> None:
    request = RequestFactory().get("/")
    request.user = make_staff()
    pages = [page for model, page in admin.site._registry.items() if model._meta.app_label == "djstripe"]

    assert pages
    assert not any(page.has_change_permission(request) or page.actions for page in pages)


@pytest.mark.django_db
def test_secrets_are_on_no_page() -> None:
    secret = WebhookSecret.objects.create(
        gateway="stripe",
        endpoint_id="we_1",
        url="https://a.example",
        secret_encrypted="v1.k.hush",
        created_at=MADE_AT,
    )
    user = make_staff()
    client = staff_client()
    totp = user.authenticator_set.get()

    for path in (
        reverse("admin:payments_webhooksecret_change", args=[secret.pk]),
        reverse("admin:mfa_authenticator_change", args=[totp.pk]),
        reverse("admin:accounts_user_change", args=[user.pk]),
    ):
        page = client.get(path)
        assert page.status_code == 200
        for hidden in ("hush", "&quot;secret&quot;", "argon2", user.password):
            assert hidden not in page.content.decode()


@pytest.mark.django_db
def test_changelists_make_few_queries_however_many_rows(rows: None) -> None:
    client = staff_client()
    slow: dict[str, int] = {}
    empty: dict[str, int] = {}
    for model in ours():
        label = model._meta.label
        if not admin.site.is_registered(model):
            continue
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        assert answer.status_code == 200, label
        shown = answer.context_data["cl"].result_list
        if len(shown) < ROWS and label not in FEW_ROWS:
            empty[label] = len(shown)
        if len(queries) > MOST_QUERIES:
            slow[label] = len(queries)

    assert empty == {}
    assert slow == {}


@pytest.mark.django_db
def test_support_sees_lists_but_changes_no_catalog() -> None:
    make_shop()
    client = staff_client(StaffRole.SUPPORT)

    assert client.get(reverse("admin:invoices_invoice_changelist")).status_code == 200
    assert client.get(reverse("admin:plans_plan_changelist")).status_code == 200
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403
    assert client.get(reverse("admin:ledger_transaction_changelist")).status_code == 403
    assert client.get(reverse("admin:payments_webhooksecret_changelist")).status_code == 403


@pytest.fixture
def rows(db: None) -> None:
    """Thirty rows of everything."""
    for number in range(ROWS):
        shop = make_shop(name=f"Customer {number}", email=f"c{number}@example.com")
        for make in SMALL_ROWS:
            make(shop, number)


SMALL_ROWS: list[Callable[[Any, int], Any]] = [
    lambda shop, n: Consent.objects.create(
        customer=shop.customer, kind=ConsentKind.TERMS, text="I agree.", text_sha256="0", given_at=MADE_AT
    ),
    lambda shop, n: Invitation.objects.create(
        customer=shop.customer,
        email=f"i{n}@example.com",
        role="viewer",
        created_at=MADE_AT,
        expires_at=MADE_AT,
    ),
    lambda shop, n: CustomerAccess.objects.create(customer=shop.customer, since_at=MADE_AT),
    lambda shop, n: shop.credit_note,
    lambda shop, n: request_top_up(
        wallet_id=make_grant(wallet=make_wallet(customer=shop.customer)).wallet_id,
        amount_minor=1000,
        at=MADE_AT,
    ),
    lambda shop, n: InvoiceDiscount.objects.create(
        invoice=make_draft([make_line(100, tax_minor=19)], customer=shop.customer),
        position=1,
        source="coupon",
        source_id="x",
        name="Spring",
        amount_minor=10,
    ),
    lambda shop, n: CreditNoteTax.objects.create(
        credit_note=shop.credit_note,
        position=1,
        category="S",
        name="VAT",
        kind="vat",
        jurisdiction="DE",
        percent=0,
        taxable_minor=100,
        tax_minor=0,
    ),
    lambda shop, n: Quote.objects.create(
        brand=shop.brand,
        livemode=False,
        customer=shop.customer,
        plan_version=shop.subscription.plan_version,
        currency="EUR",
        terms={},
        preview={},
        figures="0",
        first_total_minor=2900,
        created_at=MADE_AT,
        expires_at=MADE_AT + timedelta(days=30),
    ),
    lambda shop, n: FeatureFlag.objects.create(name=f"flag-{n}"),
    lambda shop, n: ScheduledChange.objects.create(
        subscription=shop.subscription, kind="cancel", effective_at=MADE_AT, requested_at=MADE_AT
    ),
    lambda shop, n: InvoiceDocument.objects.create(
        invoice=shop.invoice, kind="invoice", content=b"%PDF", sha256="0", created_at=MADE_AT
    ),
    lambda shop, n: ReceivedPaymentPart.objects.create(
        payment=ReceivedPayment.objects.create(
            brand=shop.brand,
            customer=shop.customer,
            method="cash",
            reference=f"{n}",
            amount_minor=100,
            currency="EUR",
            received_at=MADE_AT,
        ),
        invoice=shop.invoice,
        amount_minor=100,
    ),
    lambda shop, n: Refund.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        payment=shop.payment,
        gateway="stripe",
        idempotency_key=f"refund {n}",
        amount_minor=1,
        currency="EUR",
        reason="other",
        status="succeeded",
        requested_by="Ada",
        created_at=MADE_AT,
    ),
    lambda shop, n: Dispute.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        payment=shop.payment,
        gateway="stripe",
        gateway_id=f"dp_{n}",
        amount_minor=1,
        currency="EUR",
        status="lost",
        opened_at=MADE_AT,
    ),
    lambda shop, n: GatewayMovement.objects.create(
        gateway="stripe",
        gateway_id=f"txn_{n}",
        kind="charge",
        gross_minor=100,
        fee_minor=33,
        currency="EUR",
        created_at=MADE_AT,
    ),
    lambda shop, n: GatewayPayout.objects.create(
        gateway="stripe",
        gateway_id=f"po_{n}",
        amount_minor=67,
        currency="EUR",
        status="paid",
        created_at=MADE_AT,
    ),
    lambda shop, n: BankStatementLine.objects.create(
        brand=shop.brand,
        entry_key=f"entry {n}",
        booked_on=MADE_AT.date(),
        amount_minor=67,
        currency="EUR",
        imported_at=MADE_AT,
    ),
    lambda shop, n: ReconciliationRun.objects.create(gateway="stripe", since=MADE_AT, until=MADE_AT),
    lambda shop, n: CreditNoteDocument.objects.create(
        credit_note=shop.credit_note, kind="credit_note", content=b"%PDF", sha256="0", created_at=MADE_AT
    ),
    lambda shop, n: GatewayCustomer.objects.create(
        customer=shop.customer, gateway="stripe", gateway_id=f"cus_{n}", created_at=MADE_AT
    ),
    lambda shop, n: WebhookSecret.objects.create(
        gateway="stripe", endpoint_id=f"we_{n}", url=f"https://{n}.example", created_at=MADE_AT
    ),
    lambda shop, n: DunningPolicyPlan.objects.create(
        brand=shop.brand, plan=shop.subscription.plan_version.plan, policy=shop.dunning_policy
    ),
    lambda shop, n: DunningStep.objects.create(policy=shop.dunning_policy, day=n, action="suspend"),
    lambda shop, n: DunningStepTaken.objects.create(
        case=CollectionCase.objects.get(invoice=shop.invoice), day=n, action="retry", taken_at=MADE_AT
    ),
    lambda shop, n: CardExpiryNotice.objects.create(
        payment_method=PaymentMethod.objects.get(customer=shop.customer),
        exp_year=2030,
        exp_month=12,
        days_before=n,
    ),
    lambda shop, n: ExchangeRate.objects.create(
        date=MADE_AT.date().replace(day=n + 1), base="EUR", quote="USD", rate="1.1", source="ECB"
    ),
    lambda shop, n: CounterWindow.objects.create(key=f"k{n}", value=1),
    lambda shop, n: IdempotencyRecord.objects.create(
        scope="s", key=f"k{n}", request_hash="h", method="POST", path="/", state="bound", created_at=MADE_AT
    ),
    lambda shop, n: UsageWatch.objects.get_or_create(subscription=shop.subscription),
    lambda shop, n: TrialUse.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        plan=shop.subscription.plan_version.plan,
        mailbox_sha256=f"{n}",
        started_at=MADE_AT,
    ),
    lambda shop, n: MinimumCommitment.objects.create(
        version=make_plan(published=False).versions.get(), currency="EUR", amount_minor=100
    ),
    lambda shop, n: UsageThreshold.objects.create(
        version=make_plan(published=False).versions.get(), currency="EUR", amount_minor=100
    ),
    lambda shop, n: FixedEventIdentity.objects.create(
        brand_id=shop.brand.pk + n * 1000, identity=EventIdentity.ID
    ),
    lambda shop, n: make_registration(shop.brand, "NO", valid_to=MADE_AT.date()),
    lambda shop, n: set_rate(
        key=RateKey(country="NO", postal_prefix=str(n)),
        percent=Decimal(25),
        valid_from=MADE_AT.date(),
        at=MADE_AT,
    ),
    lambda shop, n: make_check(shop.customer, tax_id="DE1", number="DE1", kind="eu_vat"),
    lambda shop, n: record_location(
        customer=shop.customer, kind=EvidenceKind.IP_ADDRESS, country="DE", at=MADE_AT
    ),
    lambda shop, n: Rollup.objects.create(
        shape=f"shape{n}", watermark=1, until=MADE_AT.date(), rolled_at=MADE_AT
    ),
    lambda shop, n: Meter.objects.create(
        code=f"m{n}", name=f"M{n}", event_name="m", aggregation="count", created_at=MADE_AT
    ),
    lambda shop, n: MrrMovement.objects.create(
        brand_id=shop.brand.pk,
        livemode=False,
        customer=shop.customer,
        subscription=shop.subscription,
        plan=shop.subscription.plan_version.plan,
        currency="EUR",
        kind="new",
        at=MADE_AT,
        delta_minor=2900,
        mrr_after_minor=2900,
        event_id=f"evt_{n}",
    ),
    lambda shop, n: CheckoutSession.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        plan_version=shop.subscription.plan_version,
        currency="EUR",
        token_sha256=f"t{n}",
        success_url="https://a.example",
        created_at=MADE_AT,
        expires_at=MADE_AT,
    ),
    lambda shop, n: record_uses(
        uses=[
            CouponUseInput(
                redeem_coupon(
                    customer=shop.customer,
                    code=make_promotion_code(make_fixed_coupon(brand=shop.brand)).code,
                    at=MADE_AT,
                ).pk,
                100,
            )
        ],
        reference=("invoice", f"inv_{n}"),
        currency="EUR",
        at=MADE_AT,
    ),
    lambda shop, n: PortalSession.objects.create(
        brand=shop.brand,
        customer=shop.customer,
        token_sha256=f"t{n}",
        created_at=MADE_AT,
        expires_at=MADE_AT,
    ),
]


@pytest.mark.django_db
def test_rows_of_the_shop_are_real() -> None:
    """Guards the fixture above: what it counts on is made by the services."""
    shop = make_shop()

    assert SubscriptionItem.objects.filter(subscription=shop.subscription).exists()
    assert UnsealedEvent.objects.exists()
