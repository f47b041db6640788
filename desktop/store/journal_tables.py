"""The tables of the journal itself: operations, units of work, what is void, what is the same, what is in conflict."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

JOURNAL = MetaData()

op = Table(
    "op",
    JOURNAL,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("op_id", LargeBinary(16), nullable=False, unique=True),
    Column("kind", SmallInteger, nullable=False),
    Column("tbl", Integer, nullable=False),
    Column("row_id", LargeBinary(16), nullable=False),
    Column("cell", Integer, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("pred", LargeBinary, nullable=False),
    Column("unit", LargeBinary(16), nullable=False),
    Column("void", SmallInteger, nullable=False),
    Column("admitted", SmallInteger, nullable=False),
    Index("op_row", "tbl", "row_id"),
    Index("op_same", "tbl", sqlite_where=text("kind = 5"), postgresql_where=text("kind = 5")),
    Index("op_pending", "admitted", sqlite_where=text("admitted <> 1"), postgresql_where=text("admitted <> 1")),
)
"""`seq` is the order of arrival in this register (not shared); `void` and `admitted` are derived from the set."""

unit = Table(
    "unit",
    JOURNAL,
    Column("unit_id", LargeBinary(16), primary_key=True),
    Column("device", LargeBinary(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
)
"""Who, when, why and from which visit or import: the provenance shared by the operations of one unit of work."""

arrival = Table(
    "arrival",
    JOURNAL,
    Column("first_seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("package", LargeBinary, nullable=True),
)
"""When this register came to know the operations from `first_seq` on."""

replica = Table(
    "replica",
    JOURNAL,
    Column("replica_id", LargeBinary(8), primary_key=True),
    Column("device", LargeBinary(32), nullable=False),
)
"""Which device issued the operations of a replica id (one opening of a register)."""

void_edge = Table(
    "void_edge",
    JOURNAL,
    Column("target", LargeBinary(16), primary_key=True),
    Column("by", LargeBinary(16), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("admitted", SmallInteger, nullable=False),
    Index("void_edge_by", "by"),
    Index("void_edge_waiting", "admitted", sqlite_where=text("admitted = 0"), postgresql_where=text("admitted = 0")),
)
"""Which retract, admit or refuse operation (`kind`) names which operation, and whether it may (scope)."""

device_scope = Table(
    "device_scope",
    JOURNAL,
    Column("device", LargeBinary(32), primary_key=True),
    Column("codes", Text, nullable=False),
)
"""Division codes of all certificates ever given to a device, joined by a comma; a device not listed is not limited."""

same_class = Table(
    "same_class",
    JOURNAL,
    Column("tbl", Integer, primary_key=True),
    Column("row_id", LargeBinary(16), primary_key=True),
    Column("canonical", LargeBinary(16), nullable=False),
    Index("same_class_canonical", "tbl", "canonical"),
)

conflict = Table(
    "conflict",
    JOURNAL,
    Column("tbl", Integer, primary_key=True),
    Column("row_id", LargeBinary(16), primary_key=True),
    Column("cell", Integer, primary_key=True),
)

digest_part = Table(
    "digest_part",
    JOURNAL,
    Column("tbl", Integer, primary_key=True),
    Column("part", LargeBinary(5), primary_key=True),
    Column("mark", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=True),
)
"""Digest of the dump's lines of one part (`digest_parts.py`), NULL since a record of the part changed; `mark` counts
the changes. Derived, never shared."""

trusted_statement = Table(
    "trusted_statement",
    JOURNAL,
    Column("signature", LargeBinary(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("key", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Certificates and revocation lists of the programme this register belongs to, as they were signed."""

package_log = Table(
    "package_log",
    JOURNAL,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("direction", String(3), primary_key=True),
    Column("package_id", LargeBinary(16), nullable=False),
    Column("peer", LargeBinary(32), nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("generation", String(32), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("operations", Integer, nullable=False),
    Column("fresh", Integer, nullable=False),
    Column("file_name", Text, nullable=False),
)
"""Packages written (`out`, peer = recipient) and merged (`in`, peer = sender) here."""

peer = Table(
    "peer",
    JOURNAL,
    Column("device", LargeBinary(32), primary_key=True),
    Column("acked_seq", BigInteger, nullable=False),
    Column("scope", Text, nullable=False),
    Column("their_generation", String(32), nullable=False),
    Column("their_seq", BigInteger, nullable=False),
)
"""Per peer: up to which arrival number he has our operations (in our present generation) and we have his."""

plain_export = Table(
    "plain_export",
    JOURNAL,
    Column("id", LargeBinary(16), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("with_id", SmallInteger, nullable=False),
)
"""Every plain file that left: who, what, why, which columns, how many rows. No content."""

meta = Table("meta", JOURNAL, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))
"""Local bookkeeping of this register; never shared, never in the digest."""

attachment_bytes = Table(
    "attachment_bytes",
    JOURNAL,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""Attachments of a register on PostgreSQL; a register folder keeps them as encrypted files."""
