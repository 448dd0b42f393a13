from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import transaction

from apps.taxes.models import TaxRate
from apps.taxes.rate_file import read_rates, shipped_files, without_overlap


@transaction.atomic
def load_rates(*, at: datetime, files: Iterable[Path] | None = None) -> int:
    """Add the rates of files (without any: the shipped ones); says how many were new.

    A row is left out where the table has a rate of the same place and tax code on some of its days, so what
    staff entered or imported stays as it is, and loading again adds nothing. `at` is real time.

    Raises:
        RateInvalid: a file cannot be read (422).
    """
    wanted = [rate for path in files or shipped_files() for rate in read_rates(path, at=at)]
    new = without_overlap(wanted, TaxRate.objects.all())
    TaxRate.objects.bulk_create(new)
    return len(new)
