"""Money coming in and going back, to be looked at: what changes it are staff pages."""

from __future__ import annotations

from apps.payments.admin import accounts, collected, returned

__all__ = ["accounts", "collected", "returned"]
