"""VIES, the Commission's window to the VAT registers of the member states, by its REST interface."""

from __future__ import annotations

from typing import Any

import httpx
from django.conf import settings

from apps.taxes.errors import RegisterUnavailable
from apps.taxes.id_services.protocol import RegisterAnswer
from apps.taxes.tax_ids import TaxId

# Seconds to connect and to wait: some member states take long, and a worker must not wait for ever.
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
# Everything else that VIES says is about itself (MS_UNAVAILABLE, TIMEOUT, IP_BLOCKED …), not about the id:
# it comes with "valid": false all the same.
_ABOUT_THE_ID = frozenset({"", "VALID", "INVALID", "INVALID_INPUT"})
_UNKNOWN = "---"


class Vies:
    """Answers for EU VAT ids, `XI` of Northern Ireland included."""

    name = "vies"

    def is_configured(self) -> bool:
        return bool(settings.VIES_URL)

    def ask(self, tax_id: TaxId, *, requester: TaxId | None) -> RegisterAnswer:
        question = {"countryCode": tax_id.prefix, "vatNumber": tax_id.national_part}
        if requester is not None:
            question |= {
                "requesterMemberStateCode": requester.prefix,
                "requesterNumber": requester.national_part,
            }
        try:
            response = httpx.post(
                f"{settings.VIES_URL}/check-vat-number",
                json=question,
                timeout=TIMEOUT,
                follow_redirects=False,
            )
            body = response.json()
        except (httpx.HTTPError, ValueError) as failure:
            raise RegisterUnavailable(f"VIES did not answer ({type(failure).__name__}).") from failure
        return _answer(body if isinstance(body, dict) else {})


def _answer(body: dict[str, Any]) -> RegisterAnswer:
    errors = {str(e.get("error", "")) for e in body.get("errorWrappers") or () if isinstance(e, dict)}
    errors |= {str(body.get("userError") or "")}
    problems = errors - _ABOUT_THE_ID
    if problems:
        raise RegisterUnavailable(f"VIES answered {', '.join(sorted(problems))}.")
    valid = body.get("valid", body.get("isValid"))
    if "INVALID_INPUT" in errors:
        return RegisterAnswer(is_valid=False)
    if not isinstance(valid, bool):
        raise RegisterUnavailable("VIES answered something else.")
    return RegisterAnswer(
        is_valid=valid,
        consultation_number=_text(body.get("requestIdentifier"), 60),
        name=_text(body.get("name"), 300),
        address=_text(body.get("address"), 500),
    )


def _text(value: Any, length: int) -> str:
    text = str(value or "").replace("\0", "").strip()
    return "" if text == _UNKNOWN else text[:length]
