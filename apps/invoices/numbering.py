"""Which counter a document's number comes from: worked out of a brand's rule and the instant of issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Brand
from apps.invoices.enums import SeriesKind, SeriesReset
from apps.invoices.models import NumberRule, NumberSeries
from apps.invoices.number_format import DEFAULT_FORMAT, NumberPeriod, number_period, parse_number_format

TEST_MARK = "TEST"


@dataclass(frozen=True, slots=True)
class NumberTerms:
    """What a rule says; `first_number` is that of the period `first_period`, other periods begin with 1."""

    prefix: str
    number_format: str = DEFAULT_FORMAT
    reset: SeriesReset = SeriesReset.NEVER
    first_month: int = 1
    first_number: int = 1
    first_period: str = ""
    revision: int = 0

    def period_at(self, at: datetime, zone: str) -> NumberPeriod:
        return number_period(reset=self.reset, first_month=self.first_month, at=at, zone=zone)

    def stem(self, period: NumberPeriod, *, livemode: bool) -> str:
        """What stands before the separator and the counter."""
        return parse_number_format(self.number_format).stem(
            prefix=self.prefix if livemode else test_prefix(self.prefix), year=period.year
        )


def test_prefix(prefix: str) -> str:
    """The prefix of test mode: credit notes keep their mark at the end."""
    head, mark, _ = prefix.rpartition("-CN") if prefix.endswith("-CN") else (prefix, "", "")
    return f"{head}-{TEST_MARK}{mark}"


def terms_of(brand: Brand, kind: SeriesKind) -> NumberTerms:
    """The brand's rule for a kind of document, or what holds without one."""
    rule = NumberRule.objects.filter(brand=brand, kind=kind).first()
    if rule is None:
        return default_terms(brand, kind)
    return NumberTerms(
        prefix=rule.prefix,
        number_format=rule.number_format,
        reset=SeriesReset(rule.reset),
        first_month=rule.first_month,
        first_number=rule.first_number,
        first_period=rule.first_period,
        revision=rule.revision,
    )


def default_terms(brand: Brand, kind: SeriesKind) -> NumberTerms:
    """How a brand without a rule numbers: its invoice prefix, with a mark for credit notes."""
    mark = "-CN" if kind == SeriesKind.CREDIT_NOTE else ""
    return NumberTerms(prefix=f"{brand.invoice_prefix}{mark}")


def counter_at(*, brand: Brand, livemode: bool, kind: SeriesKind, at: datetime) -> NumberSeries:
    """The counter, not saved, from which a document issued at `at` (UTC) takes its number.

    Where one with the same letters counts already, it is that one which goes on.
    """
    return counter_of(terms_of(brand, kind), brand=brand, livemode=livemode, kind=kind, at=at)


def counter_of(
    terms: NumberTerms, *, brand: Brand, livemode: bool, kind: SeriesKind, at: datetime
) -> NumberSeries:
    """The counter, not saved, that these terms lead to at `at` (UTC)."""
    zone = brand.default_time_zone
    period, written = terms.period_at(at, zone), parse_number_format(terms.number_format)
    return NumberSeries(
        brand=brand,
        livemode=livemode,
        kind=kind,
        prefix=terms.stem(period, livemode=livemode),
        separator=written.separator,
        digits=written.digits,
        period=period.label,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        time_zone=zone if period.label else "",
        revision=terms.revision,
        next_value=terms.first_number if terms.first_period == period.label else 1,
    )
