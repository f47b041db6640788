"""All shared tables of a register in one place."""

from __future__ import annotations

from sqlmodel import SQLModel

from desktop.registry.assessment import Assessment
from desktop.registry.asset import Asset, AssetFundPart, AssetWork
from desktop.registry.asset_value import AssetIncome, ValueChange, ValueChangeFundPart
from desktop.registry.attachment import Attachment
from desktop.registry.configuration import CodeItem, Setting
from desktop.registry.contract import Contract, ContractAsset, ContractDue, ContractLessor, Receipt
from desktop.registry.decision import Decision
from desktop.registry.disposal import Disposal, DisposalDeduction, DisposalDestination
from desktop.registry.distribution import (
    Distribution,
    DistributionLine,
    DistributionReceipt,
    DistributionUse,
    Payment,
)
from desktop.registry.division import Division
from desktop.registry.household import Household, Person
from desktop.registry.income import IncomeRecord
from desktop.registry.inspection import Complaint, Finding, Inspection, InspectionPlan, MaintenanceRound
from desktop.registry.linkage import Linkage
from desktop.registry.monitoring import Lead, Measure
from desktop.registry.notice import Notice, NoticePlace, Objection
from desktop.registry.project import Project, ProjectFundPart
from desktop.registry.registration import Handover, HandoverAsset, Registration, RegistrationAsset
from desktop.registry.right import Party, Right, RightShare
from desktop.registry.rows import RegisterRow, table_spec
from desktop.registry.safeguard import SafeguardCheck
from desktop.registry.status_change import StatusChange
from desktop.registry.step import StepTaken
from desktop.registry.village_profile import VillageProfile
from desktop.registry.visit import SurveyForm, Visit
from desktop.registry.voucher import Voucher, VoucherLine
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
    Visit,
    IncomeRecord,
    SafeguardCheck,
    Lead,
    Measure,
    VillageProfile,
    SurveyForm,
    Project,
    ValueChange,
    Contract,
    Receipt,
    Decision,
    Registration,
    Handover,
    AssetIncome,
    Voucher,
    Distribution,
    Payment,
    Disposal,
    InspectionPlan,
    Inspection,
    Finding,
    MaintenanceRound,
    Complaint,
    Notice,
    Objection,
    StepTaken,
    Linkage,
    Assessment,
    StatusChange,
)
CHILD_MODELS = (
    AssetFundPart, AssetWork, ValueChangeFundPart, RightShare, ProjectFundPart, ContractAsset, ContractDue,
    ContractLessor,
    RegistrationAsset, HandoverAsset, VoucherLine, DistributionReceipt, DistributionUse, DistributionLine,
    DisposalDeduction, DisposalDestination, NoticePlace,
)  # fmt: skip

SCHEMA = Schema(table_spec(model) for model in MODELS)

METADATA = SQLModel.metadata
"""The typed tables, for creating a database."""
