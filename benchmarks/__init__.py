"""Measurements of the hot ways, each against a bound taken in the same run: ratios, never bare rates."""

from __future__ import annotations
