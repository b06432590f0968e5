"""Opens what khaosat sealed, with nothing of khaosat: XChaCha20-Poly1305 (RFC 8439, draft-irtf-cfrg-xchacha) in plain Python.

    sealed.Opener(key_file).bodies(connection)   the responses of an open sqlite3 connection, as they came

What is sealed is 1 ‖ nonce (24) ‖ cipher text ‖ tag (16). A respondent's key is sealed with the master key for the place
"khaosat-1\\0key\\0KEY_ID", a response with the respondent's key for "khaosat-1\\0response\\0KEY_ID\\0UUID\\0VERSION".

Run by itself it tests itself against the vectors of the two documents.
"""

import hmac
import struct

MARK = "KHAOSAT-ANSWER-KEY-1"
CONSTANTS = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)


def _rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for left, right, other, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[left] = (x[left] + x[right]) & 0xFFFFFFFF
            turned = x[other] ^ x[left]
            x[other] = ((turned << turn) | (turned >> (32 - turn))) & 0xFFFFFFFF

    for _ in range(10):
        quarter(0, 4, 8, 12), quarter(1, 5, 9, 13), quarter(2, 6, 10, 14), quarter(3, 7, 11, 15)
        quarter(0, 5, 10, 15), quarter(1, 6, 11, 12), quarter(2, 7, 8, 13), quarter(3, 4, 9, 14)
    return x


def _block(key, counter, nonce):
    state = CONSTANTS + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(_rounds(state), state)))


def _subkey(key, nonce16):
    x = _rounds(CONSTANTS + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))
    return struct.pack("<8I", *x[:4], *x[12:])


def _poly1305(key, data):
    r, s = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, int.from_bytes(key[16:], "little")
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + s) & ((1 << 128) - 1)).to_bytes(16, "little")


def _padded(data):
    return data + bytes(-len(data) % 16)


def open_sealed(key, place, sealed):
    """The bytes, or None when they were not sealed with this key for this place."""
    if len(sealed) < 41 or sealed[0] != 1:
        return None
    nonce, body, tag = sealed[1:25], sealed[25:-16], sealed[-16:]
    key, nonce = _subkey(key, nonce[:16]), bytes(4) + nonce[16:]
    lengths = struct.pack("<QQ", len(place), len(body))
    if not hmac.compare_digest(_poly1305(_block(key, 0, nonce)[:32], _padded(place) + _padded(body) + lengths), tag):
        return None
    plain = bytearray()
    for number, at in enumerate(range(0, len(body), 64), 1):
        plain += bytes(a ^ b for a, b in zip(body[at : at + 64], _block(key, number, nonce)))
    return bytes(plain)


def read_key(path):
    for line in open(path, encoding="utf-8"):
        if line.startswith(MARK):
            return bytes.fromhex(line.removeprefix(MARK).strip())
    raise ValueError(f"{path} holds no key of answers")


class Opener:
    """Opens rows; what was opened once is not opened again, for the same rows come by in many states of a disk."""

    def __init__(self, key_file):
        self.master = read_key(key_file)
        self.known = {}

    def _open(self, key, place, sealed):
        at = (key, place, sealed)
        if at not in self.known:
            self.known[at] = open_sealed(key, place, sealed)
        return self.known[at]

    def bodies(self, connection):
        """(uuid, version, bytes as they came or None, SHA-256 that was recorded) of every response."""
        keys = dict(connection.execute("SELECT key_id, wrapped_key FROM respondent_key"))
        rows = connection.execute("SELECT uuid, version_no, key_id, body, body_sha256 FROM response").fetchall()
        for name, version, key_id, body, sha256 in rows:
            if key_id is not None:
                key = self._open(self.master, b"khaosat-1\0key\0" + key_id.encode(), keys.get(key_id) or b"")
                place = f"khaosat-1\0response\0{key_id}\0{name}\0{version}".encode()
                body = self._open(key, place, body) if key else None
            yield name, version, body, sha256


def main():
    key, nonce = bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58))
    place = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    sealed = bytes.fromhex(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
        "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
    )
    plain = open_sealed(key, place, b"\1" + nonce + sealed)
    assert plain and plain.startswith(b"Ladies and Gentlemen of the class of '99"), plain
    assert open_sealed(key, place + b"x", b"\1" + nonce + sealed) is None
    assert open_sealed(key, place, b"\1" + nonce + sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    print("opens what the document sealed, and nothing else")


if __name__ == "__main__":
    main()
