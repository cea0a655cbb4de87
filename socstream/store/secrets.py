"""Secrets that are kept: encrypted with a master key that does not lie beside what it opens.

The file of the key holds 64 hexadecimal digits. With several such lines the first one encrypts and all of
them decrypt, so a new first line is a rotation: the next start encrypts everything anew.
"""

import logging
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from socstream.model.errors import SocstreamError

log = logging.getLogger(__name__)

KEY_SIZE = 32  # bytes
_KEY_LINE = re.compile(rf"[0-9a-fA-F]{{{2 * KEY_SIZE}}}")
_LARGEST_FILE = 64 * 1024
_NAME_SIZE, _NONCE_SIZE = 8, 12  # bytes; the name of a key stands before what it encrypted
_PUT_IT_BACK = "put the key that was used until now back, or add it as a line of its own below the first"


class KeyUnusable(SocstreamError):
    """The master key is missing, cannot be read, or is not the one that was used; the text names its file."""


class Undecipherable(ValueError):
    """A ciphertext is of another key, of something else, or was changed."""


@frozen
class _Key:
    name: bytes
    cipher: AESGCM


class Vault:
    """Encrypts and decrypts with the keys of one file; the first encrypts."""

    def __init__(self, keys: Sequence[bytes], origin: str) -> None:
        self._first = keys[0]
        self._keys = [
            _Key(_derived(key, "name")[:_NAME_SIZE], AESGCM(_derived(key, "encryption"))) for key in keys
        ]
        self.origin = origin
        """Where the keys come from, for people."""

    def encrypt(self, text: str, about: str) -> bytes:
        """A ciphertext that opens only as being about the same thing, for example one camera."""
        key, nonce = self._keys[0], secrets.token_bytes(_NONCE_SIZE)
        return key.name + nonce + key.cipher.encrypt(nonce, text.encode(), about.encode())

    def decrypt(self, ciphertext: bytes, about: str) -> str:
        """The text again; raises Undecipherable."""
        name, rest = ciphertext[:_NAME_SIZE], ciphertext[_NAME_SIZE:]
        key = next((key for key in self._keys if key.name == name), None)
        if key is None:
            raise Undecipherable("it was encrypted with another key")
        try:
            return key.cipher.decrypt(rest[:_NONCE_SIZE], rest[_NONCE_SIZE:], about.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Undecipherable("it was changed, or belongs elsewhere") from error

    def is_current(self, ciphertext: bytes) -> bool:
        """True when the first key encrypted it."""
        return ciphertext[:_NAME_SIZE] == self._keys[0].name

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, always the same ones until the first key changes."""
        return _derived(self._first, f"for {purpose}")


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, salt=None, info=f"socstream {purpose}".encode()).derive(key)


def open_vault(file: Path, *, is_needed: bool, beside: Path) -> Vault:
    """The vault of the keys in `file`, which is made when it is not there; raises KeyUnusable.

    Not made when `is_needed`: there are secrets that no new key could decrypt. `beside`: the directory of the
    ciphertexts, where a key is of little use.
    """
    try:
        if not file.exists():
            if is_needed:
                raise KeyUnusable(
                    f"The master key {file} is missing, and there are passwords encrypted with it: "
                    f"{_PUT_IT_BACK}, or set store.key_file (SOCSTREAM_STORE_KEY_FILE). Nothing was changed."
                )
            _make(file)
        _keep_private(file)
        if beside.resolve() in file.resolve().parents:
            log.warning("the master key %s lies in the data directory: a copy of that opens itself", file)
        return Vault(_keys_in(file), str(file))
    except OSError as error:
        raise KeyUnusable(
            f"The master key {file} cannot be read or made ({error.strerror}): mend that, or set "
            "store.key_file (SOCSTREAM_STORE_KEY_FILE) to a file that this user may read."
        ) from error


def wrong_key(vault: Vault, count: int) -> KeyUnusable:
    """The error for ciphertexts that no key of the vault opens."""
    what = "The password of a camera" if count == 1 else f"The passwords of {count} cameras"
    return KeyUnusable(
        f"{what} cannot be decrypted with the master key {vault.origin}: {_PUT_IT_BACK}. Nothing was changed."
    )


def _keys_in(file: Path) -> list[bytes]:
    if not file.is_file():
        raise KeyUnusable(f"The master key {file} is not a file.")
    with file.open("rb") as opened:
        lines = opened.read(_LARGEST_FILE).decode(errors="replace").split("\n")
    keys = [line.strip() for line in lines if line.strip()]
    if not keys or not all(map(_KEY_LINE.fullmatch, keys)):
        raise KeyUnusable(
            f"The master key {file} must hold lines of {2 * KEY_SIZE} hexadecimal digits and nothing else, "
            "as “openssl rand -hex 32” prints them."
        )
    return [bytes.fromhex(key) for key in keys]


def _make(file: Path) -> None:
    """A new key, whole or not at all; the one of whoever was faster stays."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_hex(KEY_SIZE) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            file.hardlink_to(temporary)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
    _sync_directory(file.parent)
    log.warning("made the master key %s: keep a copy, as nobody can decrypt the passwords without it", file)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep_private(file: Path) -> None:
    """Nobody else may read the key; whoever could until now may have done so, and we say it."""
    status = file.stat()
    # Group bits of somebody else's file are not ours to judge: systemd's credentials have them by an ACL.
    others = 0o077 if status.st_uid == os.geteuid() else 0o007
    if not stat.S_IMODE(status.st_mode) & others:
        return
    try:
        file.chmod(0o600)
        mended = "now it is not; put a new key before it in case they did"
    except OSError:
        mended = "change its mode to 0600"
    log.warning("the master key %s could be read by other users: %s", file, mended)
