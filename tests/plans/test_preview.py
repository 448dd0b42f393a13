from __future__ import annotations

from decimal import Decimal

from apps.plans.models import Price
from apps.plans.preview import price_preview
from apps.pricing.money import Money


def test_preview_prices_each_quantity_and_explains_it() -> None:
    price = Price(model="package", currency="JPY", parameters={"package_size": "100", "amount": "250"})

    rows = price_preview(price)

    assert [(row.quantity, row.money) for row in rows] == [
        (Decimal(1), Money(250, "JPY")),
        (Decimal(10), Money(250, "JPY")),
        (Decimal(100), Money(250, "JPY")),
        (Decimal(1000), Money(2500, "JPY")),
    ]
    assert rows[3].steps == ["10 packages of 100 units at ¥250 each: ¥2,500", "Total: ¥2,500"]


def test_preview_of_broken_parameters_says_what_is_wrong() -> None:
    price = Price(model="flat", currency="EUR", parameters={"amount": "x"})

    row = price_preview(price, [Decimal(1)])[0]

    assert row.money is None
    assert row.steps == ['amount must be a decimal string such as "0.50"']
