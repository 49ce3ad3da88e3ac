"""X.509 certificates of OPC UA applications: made (OPC 10000-6, 6.2.2) and read.

It must never write a file, and never trust what it reads.
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from connectors.vendor_error import clause
from twin_core.certificate import Certificate
from twin_core.errors import WrongKind
from twin_core.value import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YESTERDAY = timedelta(days=1)  # a server whose clock is behind must find it valid already
_COMMON_NAME = 64  # characters an X.520 common name may have


class Made(NamedTuple):
    """A new certificate (DER) and its private key (PEM, PKCS #8, not encrypted)."""

    certificate: bytes
    key: bytes


def make(uri: str, hosts: Sequence[str], bits: int, days: int, now: Instant) -> Made:
    """A self-signed certificate of an application that is a client.

    Args:
        uri: its application URI, as the session will tell it.
        hosts: names and addresses of this machine.
        bits: 2048 or 4096 (Basic256Sha256 takes 2048 to 4096; OPC 10000-7).
        days: validity from now.
        now: ledger time.

    Raises:
        WrongKind: a URI, host or key length that cannot be.
    """
    if bits not in {2048, 4096}:
        raise WrongKind("key length", str(bits), "2048 or 4096")
    if ":" not in uri or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise WrongKind("application URI", repr(uri), "a URI such as urn:HOST:opstwin")
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uri[:_COMMON_NAME])])
    begin = _moment(now) - _YESTERDAY
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_cert_sign=True,  # a self-signed certificate is its own issuer
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    public = key.public_key()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days + 1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(uri), *(_host(host) for host in hosts)]
            ),
            critical=False,
        )
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return Made(
        built.public_bytes(serialization.Encoding.DER),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def read(data: bytes) -> x509.Certificate:
    """The first certificate in DER or PEM.

    Raises:
        ValueError: there is none.
    """
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificates(data)[0]
    # Servers may send their whole chain, one DER after the other: only the first is theirs.
    length = int.from_bytes(data[2:4], "big") + 4 if data[1:2] == b"\x82" else len(data)
    return x509.load_der_x509_certificate(data[:length])


def der(data: bytes) -> bytes:
    """The first certificate in DER or PEM, as DER.

    Raises:
        WrongKind: there is none.
    """
    try:
        return read(data).public_bytes(serialization.Encoding.DER)
    except ValueError as problem:
        raise WrongKind("certificate", clause(problem), "X.509 in DER or PEM") from problem


def described(data: bytes, holder: str) -> Certificate:
    """What a certificate (DER or PEM) says.

    Raises:
        ValueError: it is none.
    """
    found = read(data)
    uri, hosts = "", []
    for name in _alternatives(found):
        if isinstance(name, x509.UniformResourceIdentifier):
            uri = uri or name.value
        elif isinstance(name, x509.DNSName | x509.IPAddress):
            hosts.append(str(name.value))
    key = found.public_key()
    return Certificate(
        holder=holder,
        subject=found.subject.rfc4514_string(),
        issuer=found.issuer.rfc4514_string(),
        application_uri=uri,
        hosts=tuple(hosts),
        fingerprint=found.fingerprint(hashes.SHA256()).hex(),
        not_before=(found.not_valid_before_utc - _EPOCH) // _MICROSECOND,
        not_after=(found.not_valid_after_utc - _EPOCH) // _MICROSECOND,
        key_bits=key.key_size if isinstance(key, rsa.RSAPublicKey) else 0,
    )


def listed(data: bytes, certificate: x509.Certificate) -> bool:
    """Whether a certificate or revocation list (DER or PEM) names that certificate as revoked.

    A list's signature is not asked for: it lies in our own folder, and can only refuse.

    Raises:
        ValueError: it is neither.
    """
    armoured = data.lstrip().startswith(b"-----BEGIN")
    if armoured and b"X509 CRL" in data:
        crl = x509.load_pem_x509_crl(data)
    elif armoured:
        return read(data).fingerprint(hashes.SHA256()) == certificate.fingerprint(hashes.SHA256())
    else:
        try:
            return read(data).fingerprint(hashes.SHA256()) == certificate.fingerprint(
                hashes.SHA256()
            )
        except ValueError:
            crl = x509.load_der_x509_crl(data)
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    return entry is not None and crl.issuer == certificate.issuer


def _alternatives(found: x509.Certificate) -> list[x509.GeneralName]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return list(names.value)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError as problem:
        raise WrongKind("host", repr(host), "an ASCII host name or an address") from problem


def _moment(at: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=at)
