from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from apps.core import clock
from apps.taxes.enums import NEXT, OPEN, CheckSource, CheckStatus, IdKind
from apps.taxes.errors import RegisterUnavailable
from apps.taxes.id_services.protocol import RegisterAnswer
from apps.taxes.id_services.registry import register_of
from apps.taxes.models import TaxIdCheck
from apps.taxes.services.open_tax_id_check import record_answer
from apps.taxes.tax_ids import TaxId, read_tax_id

# While one process asks, no other does; a process that died is followed by another after this.
CLAIM = timedelta(minutes=5)
# A register that is away for long is asked less and less often, and at least once a week.
WAITS = (
    *(timedelta(minutes=m) for m in (5, 15, 60)),
    *(timedelta(hours=h) for h in (4, 12, 24)),
    timedelta(days=7),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A claimed check: what to ask, and in whose name."""

    check_id: int
    tax_id: TaxId
    requester: TaxId | None


def ask_register(*, check_id: int, at: datetime) -> TaxIdCheck | None:
    """Put an open question that is due at `at` (the customer's time) to its register, and keep the answer.

    Claims the row and commits, asks outside any transaction, commits what was said. A register that is away
    makes the check `unavailable` and due again later. None when the question is not due, or another process
    has it.
    """
    question = _claim(check_id, at)
    if question is None:
        return None
    register = register_of(question.tax_id.kind)
    if register is None:
        raise RuntimeError(f"nobody knows ids of kind {question.tax_id.kind}")
    try:
        answer = register.ask(question.tax_id, requester=question.requester)
    except RegisterUnavailable as failure:
        return _put_off(check_id, str(failure), at)
    return _keep(check_id, answer, CheckSource(register.name), at)


@transaction.atomic
def _claim(check_id: int, at: datetime) -> Question | None:
    due = TaxIdCheck.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk=check_id, status__in=OPEN, next_ask_at__lte=at
    )
    check = due.select_related("customer__brand").first()
    if check is None:
        return None
    check.next_ask_at = at + CLAIM
    check.attempts += 1
    check.save(update_fields=["next_ask_at", "attempts"])
    brand = check.customer.brand
    own = read_tax_id(brand.tax_id, brand.country) if brand.tax_id else None
    requester = own if own and own.kind == IdKind.EU_VAT and own.is_well_formed else None
    return Question(check.pk, read_tax_id(check.tax_id, check.customer_country), requester)


@transaction.atomic
def _put_off(check_id: int, problem: str, at: datetime) -> TaxIdCheck:
    check = TaxIdCheck.objects.select_for_update().get(pk=check_id)
    if CheckStatus.UNAVAILABLE not in NEXT[CheckStatus(check.status)]:
        return check
    check.status = CheckStatus.UNAVAILABLE
    check.problem = problem[:200]
    check.next_ask_at = at + WAITS[min(check.attempts, len(WAITS)) - 1]
    check.save(update_fields=["status", "problem", "next_ask_at"])
    return check


@transaction.atomic
def _keep(check_id: int, answer: RegisterAnswer, source: CheckSource, at: datetime) -> TaxIdCheck:
    check = TaxIdCheck.objects.select_for_update(of=("self",)).select_related("customer").get(pk=check_id)
    status = CheckStatus.VALID if answer.is_valid else CheckStatus.INVALID
    if status not in NEXT[CheckStatus(check.status)]:
        return check
    check.status, check.source, check.problem = status, source, ""
    check.consultation_number = answer.consultation_number
    check.registered_name, check.registered_address = answer.name, answer.address
    # Real time: when the world was looked at, not the customer's clock.
    check.answered_at = clock.now()
    check.next_ask_at = at + timedelta(days=settings.TAX_ID_RECHECK_DAYS)
    check.save()
    record_answer(check, at)
    return check
