"""Encryption of WeChat's push: AES-256-CBC, PKCS#7 to 32 bytes, the app id inside. Pure."""

import base64
import binascii
import hmac
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32
_RANDOM = 16
_HEAD = _RANDOM + 4


class CryptoError(ValueError):
    """The ciphertext is not one that WeChat made for this account."""


def decode_key(key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey of 43 characters. Raises ``CryptoError``."""
    try:
        # The last character carries two bits of nothing; Tencent's keys do not always zero them.
        raw = base64.b64decode(key + "=", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("an EncodingAESKey has 43 letters and digits") from error
    if len(raw) != BLOCK:
        raise CryptoError("an EncodingAESKey has 43 letters and digits")
    return raw


@dataclass(frozen=True, slots=True)
class Key:
    """One EncodingAESKey."""

    raw: bytes

    def _cipher(self) -> BlockCipher[CBC]:
        return BlockCipher(AES(self.raw), CBC(self.raw[:16]))

    def encrypt(self, text: bytes, app_id: str) -> str:
        """16 random bytes, length, text, app id; padded, encrypted, in base64."""
        plain = secrets.token_bytes(_RANDOM) + struct.pack(">I", len(text)) + text + app_id.encode()
        fill = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, sealed: bytes, app_id: str) -> bytes:
        """The text. Raises ``CryptoError`` on wrong padding, length or app id."""
        if not sealed or len(sealed) % 16:
            raise CryptoError("not whole blocks")
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        fill = plain[-1]
        if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
            raise CryptoError("wrong padding")
        plain = plain[:-fill]
        if len(plain) < _HEAD:
            raise CryptoError("too short")
        end = _HEAD + struct.unpack(">I", plain[_RANDOM:_HEAD])[0]
        if end > len(plain) or not hmac.compare_digest(plain[end:], app_id.encode()):
            raise CryptoError("of another account")
        return plain[_HEAD:end]


@dataclass(frozen=True, slots=True)
class Keyring:
    """The account's keys, the present one first, then the one before the last rotation."""

    app_id: str
    keys: tuple[Key, ...]

    def decrypt(self, encrypted: str) -> tuple[bytes, Key]:
        """The text and the key that fitted. Raises ``CryptoError``."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CryptoError("no base64") from error
        for key in self.keys:
            try:
                return key.decrypt(sealed, self.app_id), key
            except CryptoError:
                # Perhaps encrypted before the rotation.
                continue
        raise CryptoError("no key fits")
