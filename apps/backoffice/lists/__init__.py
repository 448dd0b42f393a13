"""The lists of the staff pages: which rows, how they are searched, and the columns of their CSV."""

from __future__ import annotations

from apps.backoffice.lists.customers import customer_list, subscription_list
from apps.backoffice.lists.holdings import coupon_list, wallet_list
from apps.backoffice.lists.money import credit_note_list, invoice_list, payment_list
from apps.backoffice.lists.operations import (
    CLOCK_LIST,
    GATEWAY_EVENT_LIST,
    MAIL_LIST,
    PARKED_LIST,
    RUN_LIST,
)
from apps.backoffice.lists.records import CHANGE_LIST, EVENT_LIST, journal_list
from apps.backoffice.lists.words import customer_words

__all__ = [
    "CHANGE_LIST",
    "CLOCK_LIST",
    "EVENT_LIST",
    "GATEWAY_EVENT_LIST",
    "MAIL_LIST",
    "PARKED_LIST",
    "RUN_LIST",
    "coupon_list",
    "credit_note_list",
    "customer_list",
    "customer_words",
    "invoice_list",
    "journal_list",
    "payment_list",
    "subscription_list",
    "wallet_list",
]
