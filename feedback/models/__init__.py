from feedback.models.aftercare import AssetTransfer, FieldInspection, FollowUpPurchase, TrackRecordCertificate
from feedback.models.report import (
    RATINGS,
    ImprovementRequest,
    PilotReport,
    ProductReview,
    ReportKpi,
    ReportReminder,
    ServiceImprovement,
    SupplierReply,
)
from feedback.models.rules import FIRST_DAY, FeedbackRules
from feedback.models.use import (
    AgreedKpi,
    Incident,
    KpiReading,
    PilotUse,
    UsageLog,
    UseExtension,
    plain_number,
)
from feedback.models.verdict import Appeal, CorrectiveAction, Verdict

__all__ = [
    "FIRST_DAY",
    "RATINGS",
    "AgreedKpi",
    "Appeal",
    "AssetTransfer",
    "CorrectiveAction",
    "FeedbackRules",
    "FieldInspection",
    "FollowUpPurchase",
    "ImprovementRequest",
    "Incident",
    "KpiReading",
    "PilotReport",
    "PilotUse",
    "ProductReview",
    "ReportKpi",
    "ReportReminder",
    "ServiceImprovement",
    "SupplierReply",
    "TrackRecordCertificate",
    "UsageLog",
    "UseExtension",
    "Verdict",
    "plain_number",
]
