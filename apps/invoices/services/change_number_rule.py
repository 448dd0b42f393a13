from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.invoices.enums import SeriesKind, SeriesReset
from apps.invoices.errors import NumberFormatInvalid, NumberRuleRefused
from apps.invoices.models import NumberRule, NumberSeries
from apps.invoices.number_format import parse_number_format
from apps.invoices.numbering import NumberTerms, counter_of, terms_of

# A number fits its column in test mode, too.
LONGEST = 40
# CGST Rules 2017, rule 46(b): at most sixteen characters, of letters, digits, - and /, unique for a financial
# year. Checked with six digits of the counter at least.
LONGEST_IN_INDIA, INDIAN = 16, re.compile(r"[A-Za-z0-9/-]*")
LEAST_DIGITS = 6
YEARS_AHEAD = 60
YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What saving a rule would do; `terms` carry the next revision. Numbers are those of the asked mode."""

    terms: NumberTerms
    number_now: str
    number_then: str
    sentences: tuple[str, ...]


@transaction.atomic
def change_number_rule(*, brand: Brand, kind: SeriesKind, terms: NumberTerms, at: datetime) -> NumberRule:
    """Number a brand's documents of one kind by these terms from now on.

    Another beginning of the numbers begins another series; the old one ends where it stands, and goes on when
    its letters come back. `first_number` is that of the period in which `at` (UTC) falls.

    Raises:
        NumberFormatInvalid: the format cannot be read, or does not fit the rest of the rule (422).
        NumberRuleRefused: it would leave a gap, or meet the numbers of another series (409).
    """
    # Two changes of one rule wait for each other; finalising does not wait: see `next_number`.
    Brand.objects.select_for_update(no_key=True).only("pk").get(pk=brand.pk)
    change = plan_rule_change(brand=brand, kind=kind, terms=terms, livemode=True, at=at)
    values = {
        "prefix": change.terms.prefix,
        "number_format": change.terms.number_format,
        "reset": change.terms.reset,
        "first_month": change.terms.first_month,
        "first_number": change.terms.first_number,
        "first_period": change.terms.first_period,
        "revision": change.terms.revision,
        "changed_at": at,
    }
    rule, _ = NumberRule.objects.update_or_create(brand=brand, kind=kind, defaults=values)
    record_event(
        name="number_rule.changed",
        subject=rule,
        at=at,
        data={"kind": kind.value, "before": change.number_now, "after": change.number_then},
        brand_id=brand.pk,
        livemode=True,
    )
    return rule


def plan_rule_change(
    *, brand: Brand, kind: SeriesKind, terms: NumberTerms, livemode: bool, at: datetime
) -> RuleChange:
    """What a change of the rule would do, without doing it; refuses what `change_number_rule` refuses.

    Raises:
        NumberFormatInvalid, NumberRuleRefused: see `change_number_rule`.
    """
    before = terms_of(brand, kind)
    first_month = terms.first_month if terms.reset == SeriesReset.FINANCIAL_YEAR else 1
    terms = replace(terms, first_month=first_month, revision=before.revision + 1)
    _check_format(terms)
    terms = replace(terms, first_period=terms.period_at(at, brand.default_time_zone).label)
    _check_length(brand, terms, at)
    _check_apart(brand, kind, terms, at)
    for mode in (True, False):
        _check_gap(brand, kind, terms, livemode=mode, at=at)
    now = upcoming(before, brand=brand, kind=kind, livemode=livemode, at=at)
    then = upcoming(terms, brand=brand, kind=kind, livemode=livemode, at=at)
    return RuleChange(terms, now.number_of(now.next_value), then.number_of(then.next_value), _told(now, then))


def upcoming(
    terms: NumberTerms, *, brand: Brand, kind: SeriesKind, livemode: bool, at: datetime
) -> NumberSeries:
    """The counter that these terms lead to, not saved, where it stands: its `next_value` comes next."""
    counter = counter_of(terms, brand=brand, livemode=livemode, kind=kind, at=at)
    stored = NumberSeries.objects.filter(brand=brand, prefix=counter.prefix).first()
    if stored is not None:
        counter.pk, counter.next_value = stored.pk, stored.next_value
    return counter


def _check_format(terms: NumberTerms) -> None:
    tells_year = parse_number_format(terms.number_format).tells_year
    if terms.reset != SeriesReset.NEVER and not tells_year:
        raise NumberFormatInvalid(
            "Numbers that begin anew would repeat: put {year} or {yy} into the format.",
            field="number_format",
        )
    if terms.reset == SeriesReset.NEVER and tells_year:
        raise NumberFormatInvalid(
            "A format with a year belongs to numbers that begin anew every year.", field="number_format"
        )


def _check_length(brand: Brand, terms: NumberTerms, at: datetime) -> None:
    longest = {mode: _longest(brand, terms, livemode=mode, at=at) for mode in (True, False)}
    if len(longest[False]) > LONGEST:
        raise NumberFormatInvalid(
            f"{longest[False]} has {len(longest[False])} characters; {LONGEST} is the most.",
            field="number_format",
        )
    if brand.country != "IN":
        return
    if len(longest[True]) > LONGEST_IN_INDIA or not INDIAN.fullmatch(longest[True]):
        raise NumberFormatInvalid(
            f"{longest[True]} has {len(longest[True])} characters: in India a number has at most "
            f"{LONGEST_IN_INDIA}, of letters, digits, - and /.",
            field="number_format",
        )


def _longest(brand: Brand, terms: NumberTerms, *, livemode: bool, at: datetime) -> str:
    counter = counter_of(terms, brand=brand, livemode=livemode, kind=SeriesKind.INVOICE, at=at)
    digits = max(counter.digits, LEAST_DIGITS, len(str(terms.first_number)))
    return counter.number_of(10**digits - 1)


def _check_apart(brand: Brand, kind: SeriesKind, terms: NumberTerms, at: datetime) -> None:
    """No number may be one of another kind or mode: not of those that count now, nor of years to come."""
    others = [terms_of(brand, each) for each in SeriesKind if each != kind]
    taken = {stem for other in others for mode in (True, False) for stem in _stems(brand, other, mode, at)}
    kept = NumberSeries.objects.filter(brand=brand)
    for mode in (True, False):
        elsewhere = kept.exclude(kind=kind, livemode=mode).values_list("prefix", flat=True)
        met = _stems(brand, terms, mode, at) & {*taken, *_stems(brand, terms, not mode, at), *elsewhere}
        if met:
            raise NumberRuleRefused(
                f"Another series has numbers that begin with {min(met)}, too: choose another prefix.",
                field="prefix",
            )


def _stems(brand: Brand, terms: NumberTerms, livemode: bool, at: datetime) -> set[str]:
    periods = (terms.period_at(at + years * YEAR, brand.default_time_zone) for years in range(YEARS_AHEAD))
    return {terms.stem(period, livemode=livemode) for period in periods}


def _check_gap(brand: Brand, kind: SeriesKind, terms: NumberTerms, *, livemode: bool, at: datetime) -> None:
    counter = upcoming(terms, brand=brand, kind=kind, livemode=livemode, at=at)
    if counter.pk and terms.first_number > counter.next_value:
        raise NumberRuleRefused(
            f"{counter.prefix} has come to {counter.number_of(counter.next_value - 1)}: to go on with "
            f"{terms.first_number} would leave a gap. Leave the first number at 1, or choose another prefix.",
            field="first_number",
        )


def _told(now: NumberSeries, then: NumberSeries) -> tuple[str, ...]:
    number = then.number_of(then.next_value)
    if now.prefix == then.prefix:
        return (f"The series goes on: the next number is {number}.",)
    told = []
    if now.pk:
        told.append(
            f"The series {now.prefix} ends with {now.number_of(now.next_value - 1)} and keeps its numbers."
        )
    told.append(
        f"An earlier series goes on with {number}." if then.pk else f"A new series begins with {number}."
    )
    return tuple(told)
