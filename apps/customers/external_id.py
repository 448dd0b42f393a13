"""The customer's external id, which is unique in its brand and mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from apps.customers.errors import ExternalIdTaken
from apps.customers.models import Customer


@contextmanager
def refuse_taken_external_id(customer: Customer) -> Iterator[None]:
    """Save the customer inside; a savepoint lets the caller's transaction survive the refusal.

    Raises:
        ExternalIdTaken: another customer of the brand and mode has the external id (409).
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "customers_customer_external_id_once" not in str(error):
            raise
        raise ExternalIdTaken(
            f"There is a customer '{customer.external_id}' already.", field="external_id"
        ) from error
