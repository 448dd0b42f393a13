"""How a customer is taxed: its tax id, and its exemption."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction

from apps.backoffice.acts import CustomerAct
from apps.backoffice.holding_forms import ExemptionForm
from apps.backoffice.services.note_act import note_act
from apps.customers.services.update_customer import update_customer
from apps.taxes.enums import OPEN, IdKind
from apps.taxes.errors import TaxIdUncheckable
from apps.taxes.id_services.registry import register_of
from apps.taxes.models import TaxIdCheck
from apps.taxes.selectors import latest_check
from apps.taxes.services.ask_register import ask_register
from apps.taxes.services.open_tax_id_check import open_tax_id_check


class SetExemption(CustomerAct):
    permission: ClassVar = "customers.change_customer"
    title: ClassVar = "Exempt from tax"
    button: ClassVar = "Save"

    def form(self, data: Any = None) -> ExemptionForm:
        return ExemptionForm(data, customer=self.subject)

    def consequences(self) -> list[str]:
        now = f"Exempt now: {self.subject.tax_exempt_reason}." if self.subject.tax_exempt else "Taxed now."
        return [
            now,
            "Of an exempt customer no tax is charged; invoices say why.",
            "Issued invoices stay. Drafts that wait for an answer about tax are tried again.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("set_tax_exemption", answers)
        changes = {name: answers[name] for name in ("tax_exempt", "tax_exempt_reason")}
        changed = update_customer(customer_id=self.subject.pk, changes=changes, at=at)
        return f"{changed.name} is {'exempt from tax' if changed.tax_exempt else 'taxed'} from now on."


class CheckTaxId(CustomerAct):
    permission: ClassVar = "taxes.change_taxidcheck"
    title: ClassVar = "Check the tax id"
    button: ClassVar = "Check it now"

    def consequences(self) -> list[str]:
        known = latest_check(self.subject)
        status = known.get_status_display() if known else "Not checked yet"
        return [
            f"{self.subject.tax_id or 'No tax id'}: {status}.",
            "The form is judged at once; an EU VAT id is then asked for at VIES.",
            "An old answer holds until the new one is there. The answer is kept as a proof.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        check = self._opened(answers["reason"])
        register = register_of(IdKind(check.kind))
        # Outside the transaction: it calls the register.
        if check.status in OPEN and register is not None and register.is_configured():
            check = ask_register(check_id=check.pk, at=self.at) or check
        return f"{check.number}: {check.get_status_display()}. {check.problem}".strip()

    @transaction.atomic
    def _opened(self, reason: str) -> TaxIdCheck:
        if not self.subject.tax_id:
            raise TaxIdUncheckable("The customer has no tax id.", field="tax_id")
        note_act(subject=self.subject, act="check_tax_id", reason=reason, at=self.at)
        return open_tax_id_check(customer_id=self.subject.pk, at=self.at)
