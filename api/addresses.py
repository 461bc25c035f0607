"""One address, as people and providers write it and as it may have been kept."""

from __future__ import annotations

from bot.channels import CHANNELS


def forms(channel: str | None, address: str) -> frozenset[str]:
    """Every form in which a phone number or platform id may stand in our records.

    A provider may name a person with or without the plus, with or without a prefix,
    and differently as sender and as recipient.
    """
    plain = address.strip()
    bare = plain.rpartition(":")[2].lstrip("+")
    known = {plain, bare}
    if bare.isdecimal():
        known |= {f"+{bare}", f"whatsapp:+{bare}"}
    found = CHANNELS.get(channel or "")
    if found is not None:
        for one in tuple(known):
            try:
                known.add(found.address_of(one))
            except ValueError:  # not an address of that channel
                continue
    return frozenset(known - {""})
