"""One brand with one of everything that the API shows."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import Brand
from apps.billing.quote_serializers import rendered_preview
from apps.billing.quote_terms import QuoteTerms
from apps.billing.services.quotes.keep_quote import keep_quote
from apps.invoices.enums import Disposition
from apps.payments.services.open_attempt import open_attempt
from apps.plans.models import Plan
from apps.portal.services.open_checkout import CheckoutOffer, open_checkout
from apps.promos.services.redeem import redeem_coupon
from tests.factories.billing import STARTED_AT, make_card, subscribe_to
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.disputes import make_dispute
from tests.factories.invoices import issue_invoice
from tests.factories.plans import flat_price, make_meter, make_plan, make_product, metered_price
from tests.factories.promos import make_percent_coupon, make_promotion_code
from tests.factories.refunds import make_refund
from tests.factories.usage import make_event, send
from tests.factories.wallets import make_grant, make_wallet


@dataclass(frozen=True, slots=True)
class World:
    """Ids of the brand's objects; `ids` are named as in the addresses."""

    brand: Brand
    ids: dict[str, str]
    other_plan: str
    free_customer: str

    def __getattr__(self, name: str) -> str:
        return self.ids[name]


def make_world(*, card_gateway_id: str | None = None) -> World:
    """A customer on a test clock with a card, two subscriptions, an open invoice, one being charged,
    and one with a credit note."""
    brand = make_brand(tax_id="DE123456789")
    clock = make_test_clock(brand=brand, now_at=STARTED_AT)
    customer = make_customer(test_clock=clock, external_id="acme")
    card = make_card(customer, **({"gateway_id": card_gateway_id} if card_gateway_id else {}))
    product, meter = make_product(), make_meter(code="calls")
    plan = _sold_by(brand, make_plan(product=product, prices=[flat_price(), metered_price(meter)]))
    subscribed = subscribe_to(plan, customer=customer, card=False)
    (invoice,) = subscribed.invoices
    (paying,) = subscribe_to(plan, customer=customer, card=False).invoices
    payment = open_attempt(invoice_id=paying.pk, at=STARTED_AT, sent_at=STARTED_AT, method=card)
    line = invoice.lines.get(kind="recurring")
    credited = issue_invoice(1000, customer=customer)
    note = make_credit_note(credited.lines.get(), 500, disposition=Disposition.BALANCE)
    other = make_customer(brand=brand)
    send(customer, make_event(customer, id="sent", timestamp=STARTED_AT))
    offer = CheckoutOffer(plan_code=plan.code, success_url="https://shop.example/thanks")
    session = open_checkout(customer=other, offer=offer, at=STARTED_AT, now=STARTED_AT)
    coupon = make_percent_coupon(brand=brand, max_per_customer=None)
    promotion_code = make_promotion_code(coupon, "SPRING", max_per_customer=None)
    redemption = redeem_coupon(customer=customer, code="SPRING", at=STARTED_AT)
    version = plan.versions.get()
    price = version.prices.order_by("id").first()
    assert price is not None
    terms = QuoteTerms(plan=plan.code)
    quote, _ = keep_quote(customer=customer, terms=terms, at=STARTED_AT, rendered=rendered_preview)
    wallet = make_wallet(customer=customer)
    grant = make_grant(wallet=make_wallet(customer=customer))
    return World(
        brand=brand,
        other_plan=_sold_by(brand, make_plan()).code,
        free_customer=other.public_id,
        ids={
            "customer_id": customer.public_id,
            "id": customer.public_id,
            "external_id": "acme",
            "method_id": card.public_id,
            "setup_id": "seti_unknown",
            "test_clock_id": clock.public_id,
            "product_id": product.public_id,
            "meter_id": meter.public_id,
            "code": meter.code,
            "plan_id": plan.code,
            "number": str(version.number),
            "price_id": price.public_id,
            "change_id": "change_unknown",
            "subscription_id": subscribed.subscription.public_id,
            "invoice_id": invoice.public_id,
            "invoice_line_id": line.public_id,
            "line_id": line.public_id,
            "credit_note_id": note.public_id,
            "payment_id": payment.public_id,
            "refund_id": make_refund(payment).public_id,
            "dispute_id": make_dispute(payment).public_id,
            "session_id": session.public_id,
            "coupon_id": coupon.public_id,
            "promotion_code_id": promotion_code.public_id,
            "redemption_id": redemption.public_id,
            "quote_id": quote.public_id,
            "wallet_id": wallet.public_id,
            "grant_id": grant.public_id,
        },
    )


def _sold_by(brand: Brand, plan: Plan) -> Plan:
    plan.brands.add(brand)
    return plan
