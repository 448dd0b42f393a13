"""Active ISO 4217 currencies and funds codes with the decimals of their minor unit.

Source: ISO 4217 list one, as of January 2026. Codes without a minor unit (metals, testing, XXX) are left out:
nothing can be billed in them.
"""

from __future__ import annotations

from apps.pricing.errors import PricingError

_CODES_BY_EXPONENT: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP
        GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT
        LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN
        NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
        SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
        VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: dict[str, int] = {
    code: decimals for decimals, codes in _CODES_BY_EXPONENT.items() for code in codes.split()
}


def is_currency(code: str) -> bool:
    """Tell whether `code` is an active ISO 4217 code in upper case that has a minor unit."""
    return code in EXPONENTS


def exponent(currency: str) -> int:
    """Return the number of decimals of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises:
        PricingError: `unknown_currency`. There is no default: a guessed exponent is a wrong amount.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise PricingError("unknown_currency", f"{currency!r} is no ISO 4217 currency", "currency") from None
