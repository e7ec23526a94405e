from pilots.models.absence import ReviewerAbsence
from pilots.models.application import (
    ApplicationQuerySet,
    ApplicationSite,
    Interest,
    Objection,
    PilotApplication,
    ReviewQuestion,
    ScaleReview,
)
from pilots.models.ledger import BudgetAccount, LedgerCorrection, LedgerEntry
from pilots.models.plan import AnnualPlan, PlanTrack, Track, YearFigure
from pilots.models.round import FrozenInstance, PilotRound, RoundQuerySet, RoundTrack
from pilots.models.rule_set import RuleSet
from pilots.models.standing import InstitutionStanding, ProductHistory
from pilots.models.use_plan import PilotUsePlan, PlanKpi, UsePlanQuerySet

__all__ = [
    "AnnualPlan",
    "ApplicationQuerySet",
    "ApplicationSite",
    "BudgetAccount",
    "FrozenInstance",
    "InstitutionStanding",
    "Interest",
    "LedgerCorrection",
    "LedgerEntry",
    "Objection",
    "PilotApplication",
    "PilotRound",
    "PilotUsePlan",
    "PlanKpi",
    "PlanTrack",
    "ProductHistory",
    "ReviewQuestion",
    "ReviewerAbsence",
    "RoundQuerySet",
    "RoundTrack",
    "RuleSet",
    "ScaleReview",
    "Track",
    "UsePlanQuerySet",
    "YearFigure",
]
