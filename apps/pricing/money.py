from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.pricing.currencies import exponent
from apps.pricing.errors import CurrencyMismatch, PricingError
from apps.pricing.exact import exact_fraction
from apps.pricing.rounding import Rounding, rounded_units


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: whole minor units of an ISO 4217 currency. Equal only when amount and currency are.

    Raises:
        PricingError: `not_an_integer`, `unknown_currency`.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise PricingError("not_an_integer", f"{self.minor!r} is not a whole number", "minor")
        exponent(self.currency)

    @classmethod
    def from_exact(
        cls, exact_major: Decimal | Fraction | int, currency: str, rounding: Rounding = Rounding.HALF_UP
    ) -> Money:
        """Turn an exact amount in major units into money: the only rounding of money in the code.

        Rounds to the currency's minor unit, half away from zero unless another rule is named. A rate is
        multiplied out first and rounded here once per line.

        Raises:
            PricingError: `float_refused`, `not_a_number`; `not_exact` with `Rounding.NONE`.
        """
        return cls(rounded_units(exact_fraction(exact_major), exponent(currency), rounding), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """Return the sum, zero of `currency` for no amounts; another currency raises CurrencyMismatch."""
        return sum(amounts, cls.zero(currency))

    @property
    def major(self) -> Decimal:
        """The same amount in major units, exact, with all decimals of the currency: 1250 KWD is 1.250."""
        sign = 1 if self.minor < 0 else 0
        digits = tuple(int(digit) for digit in str(abs(self.minor)))
        return Decimal((sign, digits, -exponent(self.currency)))

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return self.minor != 0
