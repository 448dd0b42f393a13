from __future__ import annotations

import pytest

from apps.taxes.enums import IdKind
from apps.taxes.tax_ids import TaxId, read_tax_id


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("DE 136 695 976", "DE", TaxId(IdKind.EU_VAT, "DE136695976", "DE", is_well_formed=True)),
        ("136695976", "DE", TaxId(IdKind.EU_VAT, "DE136695976", "DE", is_well_formed=True)),
        ("DE136695977", "DE", TaxId(IdKind.EU_VAT, "DE136695977", "DE", is_well_formed=False)),
        ("EL094259216", "GR", TaxId(IdKind.EU_VAT, "EL094259216", "GR", is_well_formed=True)),
        ("094259216", "GR", TaxId(IdKind.EU_VAT, "EL094259216", "GR", is_well_formed=True)),
        ("fr40 303 265 045", "DE", TaxId(IdKind.EU_VAT, "FR40303265045", "FR", is_well_formed=True)),
        ("GB 980 7806 84", "GB", TaxId(IdKind.GB_VAT, "GB980780684", "GB", is_well_formed=True)),
        ("980780685", "GB", TaxId(IdKind.GB_VAT, "980780685", "GB", is_well_formed=False)),
        ("CHE-107.787.577 IVA", "CH", TaxId(IdKind.CH_VAT, "CHE107787577", "CH", is_well_formed=True)),
        ("CHE-107.787.578", "CH", TaxId(IdKind.CH_VAT, "CHE107787578", "CH", is_well_formed=False)),
        ("27AAPFU0939F1ZV", "IN", TaxId(IdKind.IN_GSTIN, "27AAPFU0939F1ZV", "IN", is_well_formed=True)),
        ("27AAPFU0939F1ZO", "IN", TaxId(IdKind.IN_GSTIN, "27AAPFU0939F1ZO", "IN", is_well_formed=False)),
        ("12-3456789", "US", TaxId(IdKind.OTHER, "123456789", "US", is_well_formed=False)),
    ],
)
def test_an_id_is_read_by_its_form_and_check_digit(text: str, country: str, expected: TaxId) -> None:
    assert read_tax_id(text, country) == expected
