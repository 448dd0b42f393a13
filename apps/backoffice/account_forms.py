"""Forms about gateways' accounts, disputes and bank statements."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.backoffice.forms import ReasonForm
from apps.customers.models import Customer
from apps.customers.selectors import customers_of
from apps.payments.models import Dispute

# The gateway's names of texts (docs.stripe.com/disputes/categories): enough for services over the net.
EVIDENCE_FIELDS = (
    ("product_description", "What was sold"),
    ("customer_name", "Name of the customer"),
    ("customer_email_address", "E-mail address of the customer"),
    ("customer_purchase_ip", "IP address of the purchase"),
    ("service_date", "Day or days of service"),
    ("access_activity_log", "When and how it was used"),
    ("refund_policy_disclosure", "How the refund policy was shown"),
    ("refund_refusal_explanation", "Why there is no refund"),
    ("cancellation_rebuttal", "Why the subscription was not canceled"),
    ("uncategorized_text", "Anything else"),
)
SHORT = {"customer_name", "customer_email_address", "customer_purchase_ip", "service_date"}
TEXT_LIMIT = 20_000


class EvidenceForm(ReasonForm):
    """What speaks for the brand; empty texts are not sent."""

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in EVIDENCE_FIELDS:
            widget = forms.TextInput() if name in SHORT else forms.Textarea(attrs={"rows": 3})
            self.fields[name] = forms.CharField(
                required=False,
                max_length=TEXT_LIMIT,
                label=label,
                widget=widget,
                initial=dispute.evidence.get(name) or self._known(name, dispute),
            )
        self.order_fields([name for name, _ in EVIDENCE_FIELDS])

    def _known(self, name: str, dispute: Dispute) -> str:
        known = {
            "customer_name": dispute.customer.name,
            "customer_email_address": dispute.customer.email,
        }
        return known.get(name, "")

    def evidence(self) -> dict[str, str]:
        """The texts, once the form is valid."""
        return {name: str(self.cleaned_data[name]) for name, _ in EVIDENCE_FIELDS}


class CustomerField(forms.CharField):
    """A customer of the desk, by id, own id or e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=255, help_text="Id, external id or e-mail address.", **kwargs)


def customer_named(text: str, *, brand_id: int, livemode: bool) -> Customer | None:
    """The one customer that is meant; None for nobody, and for an address that several have."""
    own = customers_of(brand_id=brand_id, livemode=livemode)
    for named in ({"public_id": text}, {"external_id": text}, {"email__iexact": text}):
        found = list(own.filter(**named)[:2])
        if len(found) == 1:
            return found[0]
    return None


class MatchMovementForm(ReasonForm):
    book_as = forms.ChoiceField(
        label="What it is",
        choices=(("cost", "A cost of the gateway"), ("customer", "A customer's money, for the balance")),
        widget=forms.RadioSelect,
        initial="cost",
    )
    customer = CustomerField(required=False)

    def __init__(self, *args: Any, desk: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("book_as") == "customer":
            cleaned["found"] = customer_named(str(cleaned.get("customer")), **self.desk)
            if cleaned["found"] is None:
                self.add_error("customer", "No one customer has this id or address.")
        return cleaned


class MatchLineForm(ReasonForm):
    """Invoices that may be meant, and the balance of any customer."""

    target = forms.ChoiceField(label="What it pays", widget=forms.RadioSelect)
    customer = CustomerField(required=False)

    def __init__(
        self, *args: Any, desk: dict[str, Any], targets: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        choices = [*targets, ("balance", "Nothing: it goes to the balance of a customer")]
        self.fields["target"].choices = choices  # type: ignore[attr-defined]
        self.fields["target"].initial = choices[0][0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("target") == "balance":
            cleaned["found"] = customer_named(str(cleaned.get("customer")), **self.desk)
            if cleaned["found"] is None:
                self.add_error("customer", "No one customer has this id or address.")
        return cleaned


class StatementForm(forms.Form):
    statement = forms.FileField(
        label="Bank statement",
        help_text="CAMT.053, or CSV with the columns date, amount, currency, reference, counterparty, id.",
    )
