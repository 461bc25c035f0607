"""What a file is, by its first bytes: what a sender or a header says of it is not believed."""

from __future__ import annotations

from typing import Literal

Family = Literal["image", "video", "audio", "document", "contact"]

EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/heic": "heic",
    "video/mp4": "mp4", "video/3gpp": "3gp", "video/quicktime": "mov", "video/webm": "webm",
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac", "audio/amr": "amr",
    "audio/wav": "wav", "application/pdf": "pdf", "text/vcard": "vcf",
}  # fmt: skip
"""The types that are taken, with their file name endings: what phones record and people hand in. No archives, no
office files (they carry programs), no HTML or SVG (they are pages)."""

_BRANDS = {
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime", b"heic": "image/heic",
    b"heix": "image/heic", b"mif1": "image/heic", b"msf1": "image/heic", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp", b"3g2a": "video/3gpp",
}  # fmt: skip
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"), (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"#!AMR", "audio/amr"),
    (b"%PDF-", "application/pdf"), (b"\x1aE\xdf\xa3", "video/webm"),
)  # fmt: skip


def type_of(content: bytes) -> str | None:
    """The media type, or None for anything that is not taken."""
    for start, found in _STARTS:
        if content.startswith(start):
            return found
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12])
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video/mp4")
    if len(content) > 1 and content[0] == 0xFF:
        # An MPEG frame: layer 00 is AAC's, the others are MP3's relatives.
        if content[1] & 0xF6 == 0xF0:
            return "audio/aac"
        if content[1] & 0xE0 == 0xE0:
            return "audio/mpeg"
    if content[:64].lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VCARD"):
        return "text/vcard"
    return None


def family_of(content_type: str) -> Family:
    """What staff call it."""
    if content_type == "text/vcard":
        return "contact"
    family = content_type.partition("/")[0]
    return family if family in ("image", "video", "audio") else "document"  # type: ignore[return-value]
