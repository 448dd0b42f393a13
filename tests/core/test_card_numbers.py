from __future__ import annotations

import pytest

from apps.core.card_numbers import holds_card_number, mask_card_numbers


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "my card: 5555555555554444, thanks",
        "2223003122003222",
        "378282246310005",
        "6011111111111117",
        "30569309025904",
        "3566002020360505",
        "6200000000000005",
        "4222222222222",
    ],
)
def test_numbers_of_each_network_are_recognised(number: str) -> None:
    assert holds_card_number(number)


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",  # the check digit is wrong
        "1242424242424246",  # no network begins so
        "42424242424242424242",  # longer than any card
        "+49 30 901820",
        "DE89 3704 0044 0532 0130 00",  # IBAN
        "2026-11-22 10:00:00",
        "RF18 5390 0754 7034",
        "",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert not holds_card_number(text)


def test_mask_takes_the_number_and_leaves_the_rest() -> None:
    masked = mask_card_numbers("order 17 paid with 4242 4242 4242 4242 on 2026-11-22")

    assert masked == "order 17 paid with [card number] on 2026-11-22"
