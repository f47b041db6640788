"""The machines a register knows: names for history and conflicts, certificates and acknowledgements for exchange."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.store.register import Register


@dataclass(frozen=True)
class KnownDevice:
    """A machine by its public signing key."""

    device: bytes
    name: str


def known_devices(register: Register) -> list[KnownDevice]:
    """All machines this register has heard of, itself among them."""
    return [KnownDevice(register.device, "本机")]
