from __future__ import annotations

from apps.billing.catalog_file.stored import stored_catalog
from apps.billing.catalog_file.write import write_catalog


def export_catalog() -> str:
    """The stored catalog as the text of a catalog file; the same catalog always gives the same bytes.

    Of each plan it tells the newest published version, or the draft where nothing was published yet.
    """
    return write_catalog(stored_catalog())
