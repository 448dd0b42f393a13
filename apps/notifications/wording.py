"""How a mail writes amounts, days and addresses: in the reader's language and zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from apps.core.formatting import format_day, format_moment, format_money
from apps.customers.models import Customer


@dataclass(frozen=True, slots=True)
class Wording:
    """The locale (BCP 47) and the zone of one reader."""

    locale: str
    zone: str

    def money(self, amount_minor: int, currency: str) -> str:
        """Minor units of an ISO 4217 currency, as a person writes them."""
        return format_money(amount_minor, currency, locale=self.locale)

    def day(self, at: datetime) -> str:
        return format_day(at, locale=self.locale, zone=self.zone, width="long")

    def moment(self, at: datetime) -> str:
        """Day, minute and the zone by name."""
        return format_moment(at, locale=self.locale, zone=self.zone)

    @property
    def language(self) -> str:
        """The translation to use: the locale's language where there is one, else the installation's."""
        language = self.locale.replace("_", "-").split("-")[0].lower()
        return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def wording_for(customer: Customer) -> Wording:
    return Wording(locale=customer.locale, zone=customer.time_zone)


def page_url(name: str, *args: str) -> str:
    """The full address of a page: mails are read far from this server."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse(name, args=args)}"
