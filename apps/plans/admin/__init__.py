"""The pages of the catalog in the admin: each module registers its own."""

from __future__ import annotations

from apps.plans.admin import meters, plans, products, version_rows, versions

__all__ = ["meters", "plans", "products", "version_rows", "versions"]
