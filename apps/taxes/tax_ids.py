"""What kind of id a text is: its form and check digit, offline."""

from __future__ import annotations

from dataclasses import dataclass

from stdnum.ch import uid as swiss_uid
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat
from stdnum.in_ import gstin

from apps.taxes.enums import IdKind
from apps.taxes.territory import EU_MEMBERS

# Greece writes EL before its numbers (Regulation 904/2010); its ISO code is GR.
_PREFIX_OF = {"GR": "EL"}
_ISO_OF = {"EL": "GR"}


@dataclass(frozen=True, slots=True)
class TaxId:
    """An id in its one spelling; `country` is the ISO code of the state that gave it ('' unknown)."""

    kind: IdKind
    number: str
    country: str
    is_well_formed: bool

    @property
    def national_part(self) -> str:
        """An EU id without the two letters of its state."""
        return self.number[2:]

    @property
    def prefix(self) -> str:
        return self.number[:2]


def read_tax_id(text: str, country: str) -> TaxId:
    """The id behind a text of a customer in a country (ISO code): with or without prefix, dots and blanks.

    A text that is no id of a country whose ids have a known form is ill-formed; of other countries (and of
    ids that nobody knows) it is of kind `other`.
    """
    compact = "".join(c for c in text.upper() if c.isalnum())
    european = _european(compact, country)
    if european is not None:
        return european
    if country in ("GB", "IM") or compact.startswith("GB"):
        return _of(IdKind.GB_VAT, gb_vat, compact, "GB", prefix="GB")
    if country in ("CH", "LI") or compact.startswith("CHE"):
        return _swiss(compact)
    if country == "IN" or gstin.is_valid(compact):
        return _of(IdKind.IN_GSTIN, gstin, compact, "IN")
    return TaxId(IdKind.OTHER, compact, country, is_well_formed=False)


def _european(compact: str, country: str) -> TaxId | None:
    prefixes = [compact[:2]] if _iso(compact[:2]) in EU_MEMBERS else []
    tries = [compact] if prefixes else []
    if country in EU_MEMBERS:
        tries.append(_PREFIX_OF.get(country, country) + compact)
    for number in tries:
        try:
            valid = eu_vat.validate(number)
        except ValidationError:
            continue
        return TaxId(IdKind.EU_VAT, valid, _iso(valid[:2]), is_well_formed=True)
    if country in EU_MEMBERS:
        state = _iso(compact[:2]) if prefixes else country
        return TaxId(IdKind.EU_VAT, compact, state, is_well_formed=False)
    return None


def _swiss(compact: str) -> TaxId:
    bare = compact
    for ending in ("MWST", "TVA", "IVA", "TPV"):
        bare = bare.removesuffix(ending)
    well_formed = bool(swiss_uid.is_valid(bare) or swiss_vat.is_valid(compact))
    return TaxId(IdKind.CH_VAT, bare, "CH", is_well_formed=well_formed)


def _of(kind: IdKind, module: object, compact: str, country: str, *, prefix: str = "") -> TaxId:
    try:
        number = str(module.validate(compact))  # type: ignore[attr-defined]
    except ValidationError:
        return TaxId(kind, compact, country, is_well_formed=False)
    return TaxId(kind, number if number.startswith(prefix) else prefix + number, country, is_well_formed=True)


def _iso(prefix: str) -> str:
    return _ISO_OF.get(prefix, prefix)
