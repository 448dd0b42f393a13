"""What several lists of the staff pages have in common."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from apps.backoffice.listing import Choice


def customer_words(prefix: str) -> Any:
    """A condition on the customer of a row: name, e-mail address, or a whole id."""

    def condition(words: str) -> Q:
        return (
            Q(**{f"{prefix}name__icontains": words})
            | Q(**{f"{prefix}email__icontains": words})
            | Q(**{f"{prefix}public_id": words})
            | Q(**{f"{prefix}external_id": words})
        )

    return condition


of_customer = customer_words("customer__")


def currency_choice(currencies: list[str]) -> Choice:
    return Choice("currency", "Currency", "currency", [(code, code) for code in currencies])
