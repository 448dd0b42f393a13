"""What the contract suite needs of one gateway and of the sandbox behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from apps.core import clock
from apps.payments.enums import MethodKind
from apps.payments.gateways.protocol import Gateway
from apps.payments.gateways.registry import GATEWAYS
from apps.payments.gateways.terms import (
    ChargeRequest,
    ChargeResult,
    CustomerDetails,
    RefundRequest,
    SavedMethod,
)
from tests.fixtures.sandbox import SandboxControl

ADA = CustomerDetails(reference="cus_ada", name="Ada", email="ada@example.com")


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A webhook as it arrives; `headers` by lower-case name, `secrets` what the platform keeps."""

    body: bytes
    headers: Mapping[str, str]
    secrets: list[str]


class GatewayCase(ABC):
    """One gateway in the contract suite: a module `<name>_case.py` here with a class `Case`.

    An instance belongs to one test; its sandbox is empty, and every request of the gateway goes to it.
    """

    name: ClassVar[str]
    kind: ClassVar[MethodKind]
    currency: ClassVar[str]
    # Where charges and refunds are sent, as faults of the sandbox match paths.
    charge_path: ClassVar[str]
    refund_path: ClassVar[str]
    oldest_message: ClassVar[timedelta | None] = timedelta(minutes=5)
    """How long after it was signed a message is taken; None where the time is not signed."""
    other_secret: ClassVar[str]
    """A secret shaped as this gateway's that no message is signed for."""

    def __init__(self, control: SandboxControl, settings: Any) -> None:
        self.control = control
        self.configure(settings)
        self.gateway: Gateway = GATEWAYS[self.name]()

    @abstractmethod
    def configure(self, settings: Any) -> None:
        """Point the gateway's settings at `self.control.url`."""

    @abstractmethod
    def save_method(self, outcome: str = "ok") -> SavedMethod:
        """A method whose off-session charges end so: `ok`, `soft`, `hard` (declines), `action` (it asks for
        the customer)."""

    @abstractmethod
    def captured_minor(self) -> list[int]:
        """What the sandbox has captured, one amount a charge, in ISO minor units."""

    @abstractmethod
    def refunded_minor(self) -> list[int]:
        """What the sandbox has given back, one amount a refund."""

    @abstractmethod
    def open_dispute(self, charged: ChargeResult) -> str:
        """Let the bank take the money of a charge back; the dispute's id at the gateway."""

    @abstractmethod
    def message(self, charged: ChargeResult, *, signed_at: datetime | None = None) -> SignedMessage:
        """The message that tells of a charge, signed now unless said otherwise."""

    def finish(self, request: ChargeRequest, result: ChargeResult) -> ChargeResult:
        """The end of a charge that the gateway takes its time for; most answer at once."""
        return result

    def request(self, outcome: str = "ok", **changes: Any) -> ChargeRequest:
        """An off-session attempt at 29.00 with a method that was saved before."""
        method = self.save_method(outcome)
        request = ChargeRequest(
            reference="pay_1",
            idempotency_key="pay_1-1",
            amount_minor=2900,
            currency=self.currency,
            customer_ref=method.customer_ref,
            method_ref=method.gateway_id,
            off_session=True,
            description="A-1",
            sent_at=clock.now(),
            metadata={"invoice": "inv_1"},
            kind=self.kind,
            email=ADA.email,
        )
        return replace(request, **changes)

    def charged(self, **changes: Any) -> tuple[ChargeRequest, ChargeResult]:
        """A charge that went well."""
        request = self.request(**changes)
        return request, self.finish(request, self.gateway.charge(request))

    def refund_request(
        self, charged: ChargeResult, amount_minor: int = 2900, **changes: Any
    ) -> RefundRequest:
        request = RefundRequest(
            reference="re_1",
            idempotency_key="refund-re_1",
            gateway_id=charged.gateway_id or "",
            capture_id=charged.capture_id,
            amount_minor=amount_minor,
            currency=self.currency,
            reason="requested_by_customer",
            sent_at=clock.now(),
        )
        return replace(request, **changes)
