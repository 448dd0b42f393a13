"""The sentences of charge models and of the terms around them; see sentences.py for the notation."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    "flat": "Flat price: {amount:money}",
    "per_unit": "{units:units} at {unit_amount:money} each: {amount:money}",
    "tier_first": "First {units:units} at {unit_amount:money} each: {amount:money}",
    "tier_next": "Next {units:units} at {unit_amount:money} each: {amount:money}",
    "per_unit_weighted": "{units:units}, weighted by time in use, at {unit_amount:money} each: "
    "{amount:money}",
    "tier_weighted": "Tier {tier}: {units:units}, weighted by time in use, at {unit_amount:money} each: "
    "{amount:money}",
    "volume_tier_weighted": "{units:units}, weighted by time in use, at the price of tier {tier} for "
    "{full_units:units}, {unit_amount:money} each: {amount:money}",
    "released_below_zero": "More was given back than was used: {amount:money}",
    "tier_flat": "Flat fee of tier {tier}: {amount:money}",
    "tier_cap": "Tier {tier} costs {cap:money} at most: {amount:money}",
    "volume_tier": "All {units:units} at the price of tier {tier}, {unit_amount:money} each: {amount:money}",
    "no_usage": "No usage: {amount:money}",
    "negative_quantity": "Usage below zero ({units:number}) counts as zero",
    "beyond_last_tier": "{units:units} beyond the last tier: not billed",
    "free_units": "{units:units} free of charge",
    "packages": "{packages:packages} of {package_size:units} at {package_amount:money} each: {amount:money}",
    "blocks": "Tier {tier}: {blocks:blocks} of {block_size:units} at {block_amount:money} each: "
    "{amount:money}",
    "stairstep": "Step {tier} holds what was used ({used}): {amount:money}",
    "free_events": "The first {events:events}, worth {sum:money}, free of charge",
    "free_amount": "The first {sum:money} free of charge",
    "percentage": "{rate:number}% of {sum:money}: {amount:money}",
    "percentage_first": "{rate:number}% of the first {sum:money}: {amount:money}",
    "percentage_next": "{rate:number}% of the next {sum:money}: {amount:money}",
    "event_fees": "Fee for {events:events} at {fee:money} each: {amount:money}",
    "event_min": "At least {minimum:money} for an event, raised for {events:events}: {amount:money} added",
    "event_max": "At most {maximum:money} for an event, lowered for {events:events}: "
    "{amount:money} taken off",
    "event_amounts": "{events:events} with prices of their own: {amount:money}",
    "dynamic": "{sum:money} times {multiplier:number}: {amount:money}",
    "matrix_row": "For {label}, {units:units}:",
    "multiplied": "{units:units} times {factor:number} give {converted:units}",
    "multiplied_rounded": "{units:units} times {factor:number}, rounded, give {converted:units}",
    "divided": "{units:units} divided by {factor:number} give {converted:units}",
    "divided_rounded": "{units:units} divided by {factor:number}, rounded, give {converted:units}",
    "base_amount": "Base fee: {amount:money}",
    "pricing_unit": "{units:number} {code} at {rate:money} each: {amount:money}",
    "percentage_discount": "{rate:number}% discount: {amount:money} taken off",
    "maximum_spend": "At most {maximum:money} for this period: {amount:money} taken off",
    "minimum_spend": "At least {minimum:money} for this period: {amount:money} added",
}
