"""置换 and 无偿划转: what a swap brings in, and who holds an asset after a free transfer (DOMAIN §2.12).

A swap closes the rights on what is given and opens the same shares on what is received, on one day. A free transfer
either leaves the register (its rights end, as with any disposal) or stays in it: then what the old owners held goes to
the receiver from that day, other holders' rights go on, and the asset stays on the books.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from desktop.registry.lessor import follow_owners
from desktop.registry.procedure import CaseFacts
from desktop.store.database import Sql
from desktop.store.register import WriteScope

SWAP, FREE = "swap", "donate"
LIVE = "removed=0 AND canonical_id IS NULL"
_IN_FORCE = (
    'FROM "right" WHERE asset_id=? AND (valid_to IS NULL OR valid_to>?) AND COALESCE(withdrawn,0)=0 AND '
    f"{LIVE} ORDER BY id"
)


def is_swap(row: Mapping[str, Any]) -> bool:
    """Whether a disposal is a swap 置换."""
    return row.get("kind") == SWAP


def is_free(row: Mapping[str, Any]) -> bool:
    """Whether a disposal is a free transfer 无偿划转."""
    return row.get("kind") == FREE


def not_free(row: Mapping[str, Any]) -> bool:
    """Whether a disposal may bring money."""
    return not is_free(row)


def between_two(row: Mapping[str, Any]) -> bool:
    """Whether a disposal has another side that is asked for as a party."""
    return row.get("kind") in (SWAP, FREE)


def swapped(sql: Sql, facts: CaseFacts) -> list[str]:
    """A swap names what came in, and the difference goes one way only."""
    row = facts.row
    received, paid = row.get("received_asset_id"), int(row.get("paid_fen") or 0)
    if not is_swap(row):
        return ["只有置换有换入资产和补付差价"] if received or paid else []
    if not received:
        return ["还没有登记换入的资产"]
    if received == row.get("asset_id"):
        return ["换入的资产就是换出的这一项"]
    bars = []
    found = sql.one(f"SELECT status FROM asset WHERE id=? AND {LIVE}", (received,))
    if found is None:
        bars.append("换入的资产不在册中")
    elif found[0] in ("disposing", "disposed"):
        bars.append("换入的资产正在处置或已处置")
    if sql.scalar(
        f"SELECT 1 FROM disposal WHERE received_asset_id=? AND id<>? AND {LIVE} AND COALESCE(state,'applied') NOT IN "
        "('stopped','rejected') LIMIT 1",
        (received, facts.id),
    ):
        bars.append("换入的资产已记在另一件置换里")
    if paid and int(row.get("proceeds_fen") or 0):
        bars.append("差价只有一方付：收到的和补付的只填一个")
    return bars


def free_of_charge(sql: Sql, facts: CaseFacts) -> list[str]:
    """A free transfer brings no money."""
    if is_free(facts.row) and int(facts.row.get("proceeds_fen") or 0):
        return ["无偿划转没有价款，有价款的按转让办"]
    return []


def receiver_named(sql: Sql, facts: CaseFacts) -> list[str]:
    """A free transfer says who received the asset, also when it leaves the register."""
    row = facts.row
    if not is_free(row):
        return []
    if not row.get("receiver_party_id"):
        return ["没有写接收方"]
    return _receiver_bars(sql, str(row["receiver_party_id"]))


def transferable(sql: Sql, facts: CaseFacts) -> list[str]:
    """The receiver is another than the owners, and everything they hold began before the day."""
    asset, receiver = str(facts.row.get("asset_id") or ""), str(facts.row.get("receiver_party_id") or "")
    if not receiver:
        return []  # the step itself says that it is not filled in
    bars = _receiver_bars(sql, receiver)
    owners = _owners(sql, asset, facts.on)
    if not owners:
        bars.append("划转那天没有登记所有权")
    elif owners == {receiver}:
        bars.append("接收方就是现在的所有权人")
    later = sql.scalar(
        f'SELECT MAX(valid_from) FROM "right" WHERE asset_id=? AND valid_to IS NULL AND COALESCE(withdrawn,0)=0 AND '
        f"{LIVE}",
        (asset,),
    )
    if later and later >= facts.on:
        bars.append(f"有权利 {later} 才开始，划转日期要在它之后")
    return bars


def _receiver_bars(sql: Sql, receiver: str) -> list[str]:
    return [] if sql.scalar(f"SELECT 1 FROM party WHERE id=? AND {LIVE}", (receiver,)) else ["接收方不在册中"]


def _owners(sql: Sql, asset: str, day: str) -> set[str]:
    return {
        str(party)
        for party in sql.column(
            'SELECT s.party_id FROM right_share s JOIN "right" r ON r.id=s.right_id WHERE r.asset_id=? '
            "AND r.kind='ownership' AND COALESCE(r.withdrawn,0)=0 AND r.removed=0 AND r.canonical_id IS NULL "
            "AND COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR r.valid_to>?)",
            (asset, day, day),
        )
        if party
    }


def receive_in_exchange(scope: WriteScope, facts: CaseFacts) -> None:
    """What came in by a swap is held as what was given: ownership and income in the same shares, from the same day.

    Before the rights on what was given are ended. Rights that were registered on it already stay as they are.
    """
    row = facts.row
    if not is_swap(row) or not row.get("received_asset_id"):
        return
    received, day = str(row["received_asset_id"]), str(row["write_off_date"])
    for right, kind in scope.sql.rows(f"SELECT id,kind {_IN_FORCE}", (str(row["asset_id"]), day)):
        known = scope.sql.scalar(
            f'SELECT 1 FROM "right" WHERE asset_id=? AND kind=? AND COALESCE(withdrawn,0)=0 AND {LIVE} LIMIT 1',
            (received, kind),
        )
        if kind not in ("ownership", "income") or known:
            continue
        scope.insert("right", {
            "asset_id": received, "kind": kind, "valid_from": day, "source_doc": _paper(row),
            "shares": [list(share) for share in _shares(scope.sql, right)], "note": "置换换入",
        })  # fmt: skip
    follow_owners(scope, [received], day, _paper(row))


def hand_on(scope: WriteScope, facts: CaseFacts) -> None:
    """What the owners hold goes to the receiver from the day of the step; the asset is as it was before."""
    row, day = facts.row, facts.on
    asset, receiver = str(row["asset_id"]), str(row["receiver_party_id"])
    owners = _owners(scope.sql, asset, day)
    for right, kind, until in scope.sql.rows(f"SELECT id,kind,valid_to {_IN_FORCE}", (asset, day)):
        shares = _shares(scope.sql, right)
        if owners.isdisjoint(party for party, _, _ in shares):
            continue
        held: dict[str, Fraction] = {}
        for party, numerator, denominator in shares:
            holder = receiver if party in owners else party
            held[holder] = held.get(holder, Fraction(0)) + Fraction(numerator, denominator)
        scope.change("right", right, {"valid_to": day})
        scope.insert("right", {
            "asset_id": asset, "kind": kind, "valid_from": day, "valid_to": until, "source_doc": _paper(row),
            "shares": [[p, s.numerator, s.denominator] for p, s in held.items()], "note": "无偿划转",
        })  # fmt: skip
    scope.change("asset", asset, {"status": row.get("status_before") or "normal"})
    follow_owners(scope, [asset], day, _paper(row))


def _shares(sql: Sql, right: str) -> list[tuple[str, int, int]]:
    return [
        (str(party or ""), int(numerator or 0), int(denominator or 1))
        for party, numerator, denominator in sql.rows(
            "SELECT party_id,numerator,denominator FROM right_share WHERE right_id=? ORDER BY position", (right,)
        )
    ]


def _paper(row: Mapping[str, Any]) -> str:
    return str(row.get("approval_doc_no") or "处置批复")
