from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class DemandSource(models.TextChoices):
    """Who found the demand abroad; the programmes of 2026, see docs/programme.md, overseas demonstration."""

    POWER_COMPANIES = "power_companies", _("Power companies' joint demand")
    EXPRESSWAY = "expressway", _("Korea Expressway (smart traffic)")
    K_WATER = "k_water", _("K-water (water and climate technology)")
    KOICA = "koica", _("KOICA (development cooperation)")
    KOTRA = "kotra", _("KOTRA (overseas entry)")
    COMPANY_DISCOVERED = "company_discovered", _("Company-discovered demand")


class CallStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("overseas call", "Draft")
    OPEN = "open", pgettext_lazy("overseas call", "Open")
    CLOSED = "closed", pgettext_lazy("overseas call", "Closed")
    DECIDED = "decided", pgettext_lazy("overseas call", "Decided")
    CANCELLED = "cancelled", pgettext_lazy("overseas call", "Cancelled")


class CallAction(models.TextChoices):
    OPEN = "open", _("Open call")
    CLOSE = "close", _("Close call")
    DECIDE = "decide", _("Publish selection")
    CANCEL = "cancel", _("Cancel call")


CALL_EDGES: Edges = {
    CallAction.OPEN: (frozenset({CallStatus.DRAFT}), CallStatus.OPEN),
    CallAction.CLOSE: (frozenset({CallStatus.OPEN}), CallStatus.CLOSED),
    CallAction.DECIDE: (frozenset({CallStatus.CLOSED}), CallStatus.DECIDED),
    CallAction.CANCEL: (frozenset({CallStatus.DRAFT, CallStatus.OPEN, CallStatus.CLOSED}), CallStatus.CANCELLED),
}


class OverseasStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("overseas application", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("overseas application", "Submitted")
    UNDER_REVIEW = "under_review", pgettext_lazy("overseas application", "Under review")
    PROPOSED = "proposed", pgettext_lazy("overseas application", "Selection proposed")
    SELECTED = "selected", pgettext_lazy("overseas application", "Selected")
    RESERVE = "reserve", pgettext_lazy("overseas application", "Reserve")
    REJECTED = "rejected", pgettext_lazy("overseas application", "Not selected")
    WITHDRAWN = "withdrawn", pgettext_lazy("overseas application", "Withdrawn")


class OverseasAction(models.TextChoices):
    SUBMIT = "submit", _("Submit application")
    REVIEW = "review", _("Take up review")
    PROPOSE = "propose", _("Propose for selection")
    RETURN = "return", _("Return to review")
    SELECT = "select", _("Select")
    RESERVE = "reserve", _("Put on the reserve list")
    REJECT = "reject", pgettext_lazy("overseas application", "Turn down")
    WITHDRAW = "withdraw", _("Withdraw application")


OVERSEAS_EDGES: Edges = {
    OverseasAction.SUBMIT: (frozenset({OverseasStatus.DRAFT}), OverseasStatus.SUBMITTED),
    OverseasAction.REVIEW: (frozenset({OverseasStatus.SUBMITTED}), OverseasStatus.UNDER_REVIEW),
    OverseasAction.PROPOSE: (
        frozenset({OverseasStatus.UNDER_REVIEW, OverseasStatus.RESERVE}),
        OverseasStatus.PROPOSED,
    ),
    OverseasAction.RETURN: (frozenset({OverseasStatus.PROPOSED}), OverseasStatus.UNDER_REVIEW),
    OverseasAction.SELECT: (frozenset({OverseasStatus.PROPOSED}), OverseasStatus.SELECTED),
    OverseasAction.RESERVE: (frozenset({OverseasStatus.UNDER_REVIEW}), OverseasStatus.RESERVE),
    OverseasAction.REJECT: (
        frozenset({OverseasStatus.UNDER_REVIEW, OverseasStatus.RESERVE}),
        OverseasStatus.REJECTED,
    ),
    OverseasAction.WITHDRAW: (
        frozenset({OverseasStatus.SUBMITTED, OverseasStatus.UNDER_REVIEW, OverseasStatus.RESERVE}),
        OverseasStatus.WITHDRAWN,
    ),
}


class DemonstrationStatus(models.TextChoices):
    AGREEING = "agreeing", pgettext_lazy("demonstration", "Waiting for the institution's agreement")
    AGREED = "agreed", pgettext_lazy("demonstration", "Agreed")
    CONTRACTED = "contracted", pgettext_lazy("demonstration", "Contracted, on its way")
    IN_USE = "in_use", pgettext_lazy("demonstration", "In demonstration")
    REPORTED = "reported", pgettext_lazy("demonstration", "Test result reported")
    EVALUATING = "evaluating", pgettext_lazy("demonstration", "Evaluation proposed")
    EVALUATED = "evaluated", pgettext_lazy("demonstration", "Evaluated")
    CANCELLED = "cancelled", pgettext_lazy("demonstration", "Cancelled")


class DemonstrationAction(models.TextChoices):
    AGREE = "agree", _("Agree to the demonstration")
    DECLINE = "decline", _("Decline the demonstration")
    CONTRACT = "contract", _("Contract signed")
    ACCEPT = "accept", _("Accept delivery")
    REPORT = "report", _("Report test results")
    PROPOSE = "propose", _("Propose evaluation")
    RETURN = "return", _("Return proposal")
    EVALUATE = "evaluate", _("Approve evaluation")
    CANCEL = "cancel", _("Cancel demonstration")


_BEFORE_USE = frozenset({DemonstrationStatus.AGREEING, DemonstrationStatus.AGREED, DemonstrationStatus.CONTRACTED})
DEMONSTRATION_EDGES: Edges = {
    DemonstrationAction.AGREE: (frozenset({DemonstrationStatus.AGREEING}), DemonstrationStatus.AGREED),
    DemonstrationAction.DECLINE: (frozenset({DemonstrationStatus.AGREEING}), DemonstrationStatus.CANCELLED),
    DemonstrationAction.CONTRACT: (frozenset({DemonstrationStatus.AGREED}), DemonstrationStatus.CONTRACTED),
    DemonstrationAction.ACCEPT: (frozenset({DemonstrationStatus.CONTRACTED}), DemonstrationStatus.IN_USE),
    DemonstrationAction.REPORT: (frozenset({DemonstrationStatus.IN_USE}), DemonstrationStatus.REPORTED),
    DemonstrationAction.PROPOSE: (frozenset({DemonstrationStatus.REPORTED}), DemonstrationStatus.EVALUATING),
    DemonstrationAction.RETURN: (frozenset({DemonstrationStatus.EVALUATING}), DemonstrationStatus.REPORTED),
    DemonstrationAction.EVALUATE: (frozenset({DemonstrationStatus.EVALUATING}), DemonstrationStatus.EVALUATED),
    DemonstrationAction.CANCEL: (_BEFORE_USE, DemonstrationStatus.CANCELLED),
}


class Evaluation(models.TextChoices):
    SUCCESS = "success", _("Success")
    INSUFFICIENT = "insufficient", _("Insufficient")


class Fact(models.TextChoices):
    APPLICATION_SUBMITTED = "overseas.application_submitted", _("An overseas application arrived")
    APPLICATION_DECIDED = "overseas.application_decided", _("An overseas application was decided")
    AGREEMENT_GIVEN = "overseas.agreement_given", _("An institution abroad answered")
    DELIVERY_ACCEPTED = "overseas.delivery_accepted", _("An institution abroad accepted the delivery")
    RESULT_REPORTED = "overseas.result_reported", _("An institution abroad reported test results")
    DEMONSTRATION_EVALUATED = "overseas.demonstration_evaluated", _("An overseas demonstration was evaluated")


# Facts that one kind of organization alone is told; everybody else needs no choice about their mail.
TOLD_ONLY = {
    "supplier": frozenset({Fact.APPLICATION_DECIDED, Fact.DEMONSTRATION_EVALUATED}),
    "pps": frozenset({Fact.APPLICATION_SUBMITTED}),
}
