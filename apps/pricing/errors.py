from __future__ import annotations


class PricingError(ValueError):
    """A refusal of the arithmetic: wrong parameters, or a request that has no exact answer.

    `code` is stable and meant for programs, the message for people; `field` is the path of the parameter
    at fault, such as `tiers[1].up_to`, empty when no single parameter is at fault.
    """

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class CurrencyMismatch(PricingError):
    """Two amounts of different currencies met in one calculation."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__("currency_mismatch", f"{left} and {right} cannot be combined")
