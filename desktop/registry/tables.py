"""All shared tables of a register in one place."""

from __future__ import annotations

from sqlmodel import SQLModel

from desktop.registry.asset import Asset, AssetFundPart
from desktop.registry.attachment import Attachment
from desktop.registry.configuration import CodeItem, Setting
from desktop.registry.division import Division
from desktop.registry.household import Household, Person
from desktop.registry.right import Party, Right, RightShare
from desktop.registry.rows import RegisterRow, table_spec
from desktop.store.schema import Schema

MODELS: tuple[type[RegisterRow], ...] = (
    Division,
    Household,
    Person,
    Asset,
    Party,
    Right,
    Attachment,
    Setting,
    CodeItem,
)
CHILD_MODELS = (AssetFundPart, RightShare)

SCHEMA = Schema(table_spec(model) for model in MODELS)

METADATA = SQLModel.metadata
"""The typed tables, for creating a database."""
