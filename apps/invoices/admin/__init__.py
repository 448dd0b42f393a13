"""What staff see of invoices' rows; whatever moves money is a staff page."""

from __future__ import annotations

from apps.invoices.admin import documents, quotes, revenue

__all__ = ["documents", "quotes", "revenue"]
