"""Certificates for tests: of servers and users, right ones and every wrong one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)  # noqa: TID251 (certificates are judged by the host's clock)
DER = serialization.Encoding.DER


def pair(
    path: Path,
    uri: str,
    *,
    begin: timedelta = timedelta(days=-1),
    end: timedelta = timedelta(days=365),
    bits: int = 2048,
) -> Path:
    """A self-signed certificate as PATH.der and PATH.crt, its key as PATH.pem; valid around now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.name)])
    alternatives = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begin)
        .not_valid_after(NOW + end)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.with_suffix(".der").write_bytes(made.public_bytes(DER))
    path.with_suffix(".crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.with_suffix(".pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, secret)
    )
    return path


def revocation(path: Path, encoding: serialization.Encoding = DER) -> bytes:
    """A revocation list of that certificate's issuer, itself, that names it."""
    judged = x509.load_der_x509_certificate(path.with_suffix(".der").read_bytes())
    key = serialization.load_pem_private_key(path.with_suffix(".pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(judged.serial_number)
        .revocation_date(NOW)
        .build()
    )
    builder = x509.CertificateRevocationListBuilder().issuer_name(judged.issuer)
    builder = builder.last_update(NOW).next_update(NOW + timedelta(days=30))
    return builder.add_revoked_certificate(entry).sign(key, hashes.SHA256()).public_bytes(encoding)
