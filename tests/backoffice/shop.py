"""One of everything that staff pages show, made through the real services where it is cheap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import ApiKey, Brand
from apps.billing.models import BillingRun, DunningPolicy, ParkedCustomer
from apps.billing.quote_serializers import rendered_preview
from apps.billing.quote_terms import QuoteTerms
from apps.billing.services.quotes.keep_quote import keep_quote
from apps.customers.models import Customer, TestClock
from apps.invoices.enums import CreditReason, Disposition, LineKind
from apps.invoices.models import CreditNote, Invoice, InvoiceLine, Quote
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.ledger.models import Transaction
from apps.notifications.enums import MailKind, MailStatus
from apps.notifications.models import Mail
from apps.payments.enums import GatewayName, PaymentStatus, RefundStatus
from apps.payments.models import (
    BankStatementLine,
    Dispute,
    GatewayEvent,
    GatewayMovement,
    GatewayPayout,
    Payment,
    Refund,
)
from apps.promos.models import Redemption
from apps.promos.services.redeem import redeem_coupon
from apps.subscriptions.models import Subscription
from apps.wallets.models import CreditGrant, Wallet
from tests.factories.accounts import make_bank_line, make_movement, make_payout
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer, make_member, make_test_clock
from tests.factories.disputes import make_dispute
from tests.factories.manual_lines import make_one_off
from tests.factories.promos import make_percent_coupon
from tests.factories.refunds import make_refund
from tests.factories.wallets import make_grant, make_wallet


@dataclass(frozen=True, slots=True)
class Shop:
    """Rows of one brand in test mode."""

    brand: Brand
    clock: TestClock
    customer: Customer
    subscription: Subscription
    invoice: Invoice
    payment: Payment
    parked: ParkedCustomer
    mail: Mail
    gateway_event: GatewayEvent
    api_key: ApiKey
    booked: Transaction

    @property
    def gateway(self) -> str:
        return GatewayName.STRIPE.value

    @property
    def dispute(self) -> Dispute:
        """Of a payment; opened when first asked for."""
        return Dispute.objects.filter(payment=self.payment).first() or make_dispute(self.payment)

    @property
    def movement(self) -> GatewayMovement:
        """A cost that nobody has booked."""
        return make_movement(f"txn_{self.brand.pk}")

    @property
    def payout(self) -> GatewayPayout:
        return make_payout(f"po_{self.brand.pk}")

    @property
    def bank_line(self) -> BankStatementLine:
        """Of EUR 5.00, from nobody knows whom."""
        return make_bank_line(self.brand)

    @property
    def redemption(self) -> Redemption:
        """Of a quarter off; redeemed when first asked for."""
        return Redemption.objects.filter(customer=self.customer).first() or redeem_coupon(
            customer=self.customer, code=make_percent_coupon(brand=self.brand).code, at=STARTED_AT
        )

    @property
    def wallet(self) -> Wallet:
        return Wallet.objects.filter(customer=self.customer).first() or make_wallet(customer=self.customer)

    @property
    def credit_grant(self) -> CreditGrant:
        """Of ten euros, given free."""
        return CreditGrant.objects.filter(wallet=self.wallet).first() or make_grant(wallet=self.wallet)

    @property
    def credit_note(self) -> CreditNote:
        """Of a cent to the balance; issued when first asked for, since its invoice cannot be voided then."""
        return self.invoice.credit_notes.first() or _credit_a_cent(self.invoice)

    @property
    def quote(self) -> Quote:
        """Of what the customer has already, once more; made when first asked for."""
        terms = QuoteTerms(plan=self.subscription.plan_version.plan.code)
        kept = {"customer": self.customer, "terms": terms, "at": STARTED_AT, "rendered": rendered_preview}
        return Quote.objects.filter(customer=self.customer).first() or keep_quote(**kept)[0]

    @property
    def dunning_policy(self) -> DunningPolicy:
        """The brand's default, which ends with a cancellation after ten days; made when first asked for."""
        made, is_new = DunningPolicy.objects.get_or_create(
            brand=self.brand, is_default=True, defaults={"name": "Strict", "created_at": STARTED_AT}
        )
        if is_new:
            made.steps.create(day=10, action="cancel")
        return made

    @property
    def refund(self) -> Refund:
        """Of a euro, that waits for a second person; made when first asked for."""
        waits = RefundStatus.AWAITING_APPROVAL
        return Refund.objects.filter(payment=self.payment).first() or make_refund(self.payment, status=waits)

    @property
    def manual_line(self) -> InvoiceLine:
        """A line that was written by hand, on a draft; made when first asked for."""
        drafted = InvoiceLine.objects.filter(invoice__customer=self.customer, kind=LineKind.MANUAL)
        return drafted.first() or make_one_off(customer=self.customer).lines.get()


def _credit_a_cent(invoice: Invoice) -> CreditNote:
    line = invoice.lines.first()
    assert line is not None
    note = issue_credit_note(
        invoice_id=invoice.pk,
        items=[CreditItem(line.pk, amount_minor=1)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=STARTED_AT,
    )
    assert note is not None
    return note


def make_shop(*, at: datetime = STARTED_AT, **customer: str) -> Shop:
    """A customer on a clock with a subscription of EUR 29 a month, its open invoice, and work that failed."""
    brand = make_brand()
    clock = make_test_clock(brand=brand, now_at=at, name="Spring")
    owner = make_customer(brand=brand, test_clock=clock, **customer)
    make_member(customer=owner)
    bought = subscribe_to(customer=owner, at=at)
    (invoice,) = bought.invoices
    make_api_client(brand=brand)
    BillingRun.objects.create(at=at, started_at=at, test_clock_id=clock.pk, customers_billed=1)
    return Shop(
        brand=brand,
        clock=clock,
        customer=owner,
        subscription=bought.subscription,
        invoice=invoice,
        payment=make_payment(invoice, at=at),
        parked=make_parked(owner, at=at),
        mail=make_mail(owner, at=at),
        gateway_event=make_gateway_event(f"evt_{owner.public_id}", at=at),
        api_key=ApiKey.objects.get(brand=brand),
        booked=Transaction.objects.get(reference_id=invoice.public_id),
    )


def make_payment(invoice: Invoice, *, at: datetime = STARTED_AT, attempt: int = 1) -> Payment:
    """A declined attempt."""
    return Payment.objects.create(
        brand_id=invoice.brand_id,
        livemode=invoice.livemode,
        customer_id=invoice.customer_id,
        invoice=invoice,
        gateway=GatewayName.STRIPE,
        attempt=attempt,
        idempotency_key=f"{invoice.public_id}:{attempt}",
        gateway_id=f"pi_{invoice.public_id}_{attempt}",
        amount_minor=invoice.total_minor,
        currency=invoice.currency,
        status=PaymentStatus.FAILED,
        failure_message="Your card was declined.",
        created_at=at,
        sent_at=at,
        settled_at=at,
    )


def make_parked(customer: Customer, *, at: datetime = STARTED_AT) -> ParkedCustomer:
    return ParkedCustomer.objects.create(
        customer=customer,
        reason_code="price_unavailable",
        reason="There is no price in EUR.",
        detail="Traceback: …",
        due_at=at,
        parked_at=at,
    )


def make_mail(customer: Customer, *, at: datetime = STARTED_AT, **overrides: str) -> Mail:
    values = {
        "subject_line": "Your invoice",
        "text_body": "Dear Ada,\nhere is your invoice.",
        "html_body": "<h1>Your invoice</h1><script>alert(1)</script>",
        "status": MailStatus.SENT,
    }
    return Mail.objects.create(
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        customer=customer,
        kind=MailKind.INVOICE,
        key=f"invoice:{customer.public_id}:{customer.email}",
        cause_id="evt_1",
        subject_id="inv_1",
        recipient=customer.email,
        created_at=at,
        queued_at=at,
        sent_at=at,
        **values | overrides,
    )


def make_gateway_event(event_id: str, *, at: datetime = STARTED_AT) -> GatewayEvent:
    """A message that was given up."""
    return GatewayEvent.objects.create(
        gateway=GatewayName.STRIPE,
        event_id=event_id,
        type="payment_intent.succeeded",
        livemode=False,
        object_id="pi_1",
        payload={},
        received_at=at,
        tries=8,
        error="No such payment.",
    )
