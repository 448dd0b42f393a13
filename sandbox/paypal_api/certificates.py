"""The certificate that this process signs webhooks with, under a root that it makes for itself."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox import clock
from sandbox.paypal_api.objects import moment, new_id

NAME = "messageverificationcerts.sandbox.paypal.com"
FOLDER = "/paypal/v1/notifications/certs/"
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip

_MAKING = Lock()


@dataclass(frozen=True, slots=True)
class Signer:
    """`chain` is the certificate and its root, as PEM; both end with the process."""

    id: str
    key: rsa.RSAPrivateKey
    chain: bytes

    def headers(self, body: bytes, *, webhook_id: str, base_url: str, at: float) -> dict[str, str]:
        """The headers of one transmission, signed over its id, its time, the webhook and the body."""
        transmission, sent_at = new_id(36).lower(), moment(at)
        text = f"{transmission}|{sent_at}|{webhook_id}|{zlib.crc32(body)}"
        signature = self.key.sign(text.encode(), PKCS1v15(), hashes.SHA256())
        return {
            "PayPal-Auth-Algo": "SHA256withRSA",
            "PayPal-Cert-Url": f"{base_url}{FOLDER}{self.id}",
            "PayPal-Transmission-Id": transmission,
            "PayPal-Transmission-Sig": base64.b64encode(signature).decode(),
            "PayPal-Transmission-Time": sent_at,
        }


def signer() -> Signer:
    """The one signer of this process, also when two threads ask for the first time at once."""
    with _MAKING:
        return _made()


@cache
def _made() -> Signer:
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Monetize sandbox root")])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    root = (
        _builder(root_name, root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]), root_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "key_encipherment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(authority, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    chain = leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    return Signer(f"CERT-{new_id(24)}", key, chain)


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(clock.now(), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in granted for name in _USAGES})
