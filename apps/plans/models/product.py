"""A thing that is sold."""

from __future__ import annotations

from django.db import models

from apps.core.public_ids import PublicIdField

STANDARD_TAX_CODE = "standard"


class Product(models.Model):
    """A thing that is sold; its plans are the ways of buying it."""

    public_id = PublicIdField(prefix="prod")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    tax_code = models.CharField(
        max_length=40,
        default=STANDARD_TAX_CODE,
        db_default=STANDARD_TAX_CODE,
        help_text="What it is to a tax table: standard, reduced, exempt, or a code of yours.",
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
