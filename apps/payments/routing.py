"""What a customer is offered to pay with: by currency and country, from the gateways that are configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from apps.payments.enums import GatewayName, MethodKind
from apps.payments.gateways.protocol import Gateway
from apps.payments.gateways.registry import GATEWAYS, gateway_named

ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of method, and the gateway that would keep it."""

    gateway: GatewayName
    kind: MethodKind


def offers_for(*, currency: str, country: str) -> list[Offer]:
    """What a customer with this currency and country (ISO codes) may add here."""
    return offers(
        currency=currency,
        country=country,
        routes=settings.PAYMENT_ROUTES,
        gateways={name: gateway_named(name) for name in GATEWAYS if is_configured(name)},
    )


def offers(
    *,
    currency: str,
    country: str,
    routes: Mapping[str, Sequence[str]],
    gateways: Mapping[str, Gateway],
) -> list[Offer]:
    """Each kind once, from the first gateway of the route that takes it in this currency; in its order.

    The route of the country counts before that of the currency, and `*` where there is neither.
    """
    wanted: Iterable[str] = next((routes[key] for key in (country, currency, ANYWHERE) if key in routes), ())
    found: dict[MethodKind, Offer] = {}
    for gateway in (gateways[name] for name in wanted if name in gateways):
        takes = partial(gateway.takes, currency=currency)
        for kind in (kind for kind in gateway.kinds if kind not in found and takes(kind=kind)):
            found[kind] = Offer(GatewayName(gateway.name), kind)
    return list(found.values())


def is_configured(gateway: str) -> bool:
    """Whether the settings hold the keys of a gateway; Stripe's are required."""
    keys = {GatewayName.PAYPAL: settings.PAYPAL_CLIENT_ID, GatewayName.RAZORPAY: settings.RAZORPAY_KEY_ID}
    return bool(keys.get(GatewayName(gateway), True))
