"""Names of the demonstration. Every place, school and cluster here is invented."""

from __future__ import annotations

BOROUGH = "Larkshire"
SERVICE = "Larkshire Inclusion Service"
TOWNS = ("Larkton", "Nether Lark", "Oxenmere", "Thistlebank", "Wrenfold", "Quillham")
CLUSTERS = ("Heather", "Rowan", "Sedge", "Teasel", "Marram", "Juniper")
PARTNERSHIPS = ("Northern Inclusion Partnership", "Southern Inclusion Partnership")
PARTNER_SERVICES = ("School Attendance Team", "Virtual School", "Admissions")
NURSERY = "Little Larks Nursery School"
SPECIAL = ("Kingcup School", "Saltmarsh School")
FREE = ("Lantern Free School", "Tidewater Free School")
SECONDARY = (
    "Copper Beech High School",
    "Grebe Water Academy",
    "Hollowstone High School",
    "Ironbark Academy",
    "Juniper Vale High School",
    "Kestrel Moor School",
    "Lapwing High School",
    "Merlin Edge Academy",
    "Nightjar High School",
    "Osier Bank School",
    "Peregrine Academy",
    "Quarry Bank High School",
    "Redstart High School",
    "Sandpiper Academy",
)
FIRST = (
    "Alder",
    "Bracken",
    "Clover",
    "Dovecote",
    "Elm",
    "Foxglove",
    "Gorse",
    "Hazel",
    "Ivy",
    "Larch",
    "Meadow",
    "Nettle",
    "Oak",
    "Primrose",
)
SECOND = ("Lane", "Field", "Bridge", "Hill", "Brook")


def primaries() -> list[str]:
    """Seventy names, no two alike: "Alder Lane Primary"."""
    return [f"{first} {second} Primary" for second in SECOND for first in FIRST]
