"""Registers of tax ids."""

from __future__ import annotations

from monetize import env

# `none` asks nobody: ids then stay pending, and what their form tells is all that is known.
_VIES = env.text("VIES_URL", "https://ec.europa.eu/taxation_customs/vies/rest-api")
VIES_URL = "" if _VIES == "none" else env.web_address("VIES_URL", _VIES)
# An answer about a tax id is asked for again after this many days.
TAX_ID_RECHECK_DAYS = env.number("TAX_ID_RECHECK_DAYS", 90, least=1)
