from __future__ import annotations

from apps.billing.catalog_file.check import check_catalog
from apps.billing.catalog_file.compare import CatalogChanges, catalog_changes
from apps.billing.catalog_file.parse import parse_catalog


def diff_catalog(*, text: str, filename: str) -> CatalogChanges:
    """What importing this file would change; changes nothing.

    Raises:
        CatalogInvalid: the file cannot be imported; `errors` names each place with its line (422).
    """
    parsed = parse_catalog(text=text, filename=filename)
    check_catalog(parsed)
    return catalog_changes(parsed.catalog)
