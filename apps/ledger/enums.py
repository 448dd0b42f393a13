from __future__ import annotations

from django.db import models


class AccountKind(models.TextChoices):
    """The five kinds of double entry; assets and expenses grow by debits, the others by credits."""

    ASSET = "asset", "Asset"
    LIABILITY = "liability", "Liability"
    INCOME = "income", "Income"
    EXPENSE = "expense", "Expense"
    EQUITY = "equity", "Equity"
