"""The books: trial balance, journal, deferred revenue and tax, as pages and as CSV."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.csv_export import Column, csv_answer, major
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import journal_list
from apps.core import clock
from apps.invoices.recognition_selectors import deferred_by_month, recognized_in
from apps.invoices.tax_selectors import tax_by_place
from apps.ledger.selectors import imbalance, journal, kinds_of, trial_balance
from apps.pricing.periods.wall_clock import local_day, start_of_day

ONE_DAY = timedelta(days=1)

BALANCE_COLUMNS = (
    Column("account", lambda row: row.account_code),
    Column("kind", lambda row: row.kind),
    Column("currency", lambda row: row.currency),
    Column("debit", lambda row: major(row.debit_minor, row.currency)),
    Column("credit", lambda row: major(row.credit_minor, row.currency)),
    Column("balance", lambda row: major(row.balance_minor, row.currency)),
)
DEFERRED_COLUMNS = (
    Column("month", lambda row: row.month),
    Column("currency", lambda row: row.currency),
    Column("amount", lambda row: major(row.amount_minor, row.currency)),
)
TAX_COLUMNS = (
    Column("jurisdiction", lambda row: row.jurisdiction),
    Column("registration", lambda row: row.registration),
    Column("kind", lambda row: row.kind),
    Column("category", lambda row: row.category),
    Column("name", lambda row: row.name),
    Column("percent", lambda row: row.percent),
    Column("currency", lambda row: row.currency),
    Column("taxable", lambda row: major(row.taxable_minor, row.currency)),
    Column("tax", lambda row: major(row.tax_minor, row.currency)),
    Column("documents", lambda row: row.documents),
    Column("local_currency", lambda row: row.local_currency),
    Column("local_taxable", lambda row: _local(row.local_taxable_minor, row.local_currency)),
    Column("local_tax", lambda row: _local(row.local_tax_minor, row.local_currency)),
)


def _local(minor: int | None, currency: str) -> object:
    """An amount in local currency; nothing where none was told."""
    return "" if minor is None else major(minor, currency)


@require_safe
@staff_page("ledger.view_account")
def books(request: StaffRequest) -> HttpResponseBase:
    """The trial balance at the end of a day; its sum is zero, or the page says so loudly."""
    asked = _day(request, "at")
    at = _end_of(request, asked) if asked else None
    totals = trial_balance(**request.desk.scope, at=at)
    if _wants_csv(request):
        return csv_answer("trial-balance", BALANCE_COLUMNS, totals)
    context = {"totals": totals, "imbalance": imbalance(totals).items(), "asked": asked}
    return render(request, "backoffice/books.html", context)


@require_safe
@staff_page("ledger.view_transaction")
def journal_page(request: StaffRequest) -> HttpResponseBase:
    """Every transaction of the ledger, with what caused it."""
    kinds = kinds_of(**request.desk.scope)
    return answer_list(request, journal(**request.desk.scope), journal_list(kinds))


@require_safe
@staff_page("ledger.view_transaction")
def journal_entry(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One transaction: its legs, what caused it, and of a run of recognition which lines earned what."""
    found = journal(**request.desk.scope).filter(public_id=reference).first()
    if found is None:
        raise Http404("There is no such transaction.")
    context: dict[str, object] = {"transaction": found}
    if found.reference_type == "recognition":
        context["movements"] = recognized_in(found.reference_id)
    return render(request, "backoffice/journal_entry.html", context)


@require_safe
@staff_page("ledger.view_account")
def deferred_revenue(request: StaffRequest) -> HttpResponseBase:
    """What was billed and is still to be earned, month by month."""
    asked = _day(request, "at")
    at = _end_of(request, asked) if asked else clock.now()
    months = deferred_by_month(**request.desk.scope, at=at)
    if _wants_csv(request):
        return csv_answer("deferred-revenue", DEFERRED_COLUMNS, months)
    sums: dict[str, int] = {}
    for month in months:
        sums[month.currency] = sums.get(month.currency, 0) + month.amount_minor
    context = {"months": months, "sums": sums, "asked": asked}
    return render(request, "backoffice/deferred_revenue.html", context)


@require_safe
@staff_page("ledger.view_account")
def tax_report(request: StaffRequest) -> HttpResponseBase:
    """Tax owed by place and rate of the days that are asked for, or of the last whole quarter."""
    first, last = _quarter_before(local_day(clock.now(), _zone(request)))
    first, last = _day(request, "from") or first, _day(request, "to") or last
    since, until = start_of_day(first, _zone(request)), _end_of(request, last)
    rows = tax_by_place(**request.desk.scope, since=since, until=until) if since < until else []
    if _wants_csv(request):
        return csv_answer(f"tax-{first}-{last}", TAX_COLUMNS, rows)
    context = {"rows": rows, "first": first, "last": last, "is_backwards": last < first}
    return render(request, "backoffice/tax_report.html", context)


def _quarter_before(day: date) -> tuple[date, date]:
    begins = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    last = begins - ONE_DAY
    return last.replace(month=last.month - 2, day=1), last


def _zone(request: StaffRequest) -> str:
    return request.desk.brand.default_time_zone


def _end_of(request: StaffRequest, day: date) -> datetime:
    return start_of_day(day + ONE_DAY, _zone(request))


def _day(request: StaffRequest, name: str) -> date | None:
    """A day of the address; None where it names none that exists."""
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError:
        return None


def _wants_csv(request: StaffRequest) -> bool:
    return request.GET.get("format") == "csv"
