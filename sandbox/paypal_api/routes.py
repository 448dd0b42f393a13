"""How an operation is reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.messages import Json


@dataclass(frozen=True, slots=True)
class PayPalRoute:
    """Method, path and the function behind it; placeholders become positional arguments.

    `needs_key` refuses a request without PayPal-Request-Id, where doing it twice would cost money.
    """

    method: str
    template: str
    operation: Callable[..., Json]
    status: int = 200
    needs_key: bool = False

    def pattern(self) -> re.Pattern[str]:
        return re.compile("([^/]+)".join(re.escape(part) for part in re.split(r"\{\w+\}", self.template)))
