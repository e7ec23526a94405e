from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class RunStatus(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("matching run", "Waiting for a worker")
    RUNNING = "running", pgettext_lazy("matching run", "Running")
    CANCELLING = "cancelling", pgettext_lazy("matching run", "Being cancelled")
    CANCELLED = "cancelled", pgettext_lazy("matching run", "Cancelled")
    FAILED = "failed", pgettext_lazy("matching run", "Failed")
    SOLVED = "solved", pgettext_lazy("matching run", "Solved and audited")
    PROPOSED = "proposed", pgettext_lazy("matching run", "Proposed for approval")
    APPROVED = "approved", pgettext_lazy("matching run", "Approved")
    SUPERSEDED = "superseded", pgettext_lazy("matching run", "Superseded")


class RunStage(models.TextChoices):
    """The steps of a run in order; those of the engine are called as in `matching.engine.steps`."""

    PREPARE = "prepare", _("Preparing the instance")
    PRICES = "prices", _("Finding prices")
    AWARD = "award", _("Awarding by price")
    SOLVE = "solve", _("Searching for better awards")
    BOUND = "bound", _("Finding the bound of the prices")
    SPLIT = "split", _("Cutting the round into blocks")
    BLOCKS = "blocks", _("Solving the blocks")
    MERGE = "merge", _("Putting the blocks together")
    CERTIFY = "certify", _("Proving the bound")
    EXPLAIN = "explain", _("Explaining")
    AUDIT = "audit", _("Auditing")


class RunAction(models.TextChoices):
    BEGIN = "begin", pgettext_lazy("matching run", "Begin")
    REQUEST_CANCEL = "request_cancel", pgettext_lazy("matching run", "Ask to cancel")
    CANCEL = "cancel", pgettext_lazy("matching run", "Cancel")
    FAIL = "fail", pgettext_lazy("matching run", "Fail")
    SOLVE = "solve", pgettext_lazy("matching run", "Accept the audited result")
    PROPOSE = "propose", pgettext_lazy("matching run", "Propose")
    RETURN = "return", pgettext_lazy("matching run", "Return to the proposer")
    APPROVE = "approve", pgettext_lazy("matching run", "Approve")
    SUPERSEDE = "supersede", pgettext_lazy("matching run", "Supersede")


RUN_EDGES: Edges = {
    RunAction.BEGIN: (frozenset({RunStatus.QUEUED}), RunStatus.RUNNING),
    RunAction.REQUEST_CANCEL: (frozenset({RunStatus.RUNNING}), RunStatus.CANCELLING),
    RunAction.CANCEL: (frozenset({RunStatus.QUEUED, RunStatus.CANCELLING}), RunStatus.CANCELLED),
    RunAction.FAIL: (frozenset({RunStatus.RUNNING, RunStatus.CANCELLING}), RunStatus.FAILED),
    RunAction.SOLVE: (frozenset({RunStatus.RUNNING}), RunStatus.SOLVED),
    RunAction.PROPOSE: (frozenset({RunStatus.SOLVED}), RunStatus.PROPOSED),
    RunAction.RETURN: (frozenset({RunStatus.PROPOSED}), RunStatus.SOLVED),
    RunAction.APPROVE: (frozenset({RunStatus.PROPOSED}), RunStatus.APPROVED),
    RunAction.SUPERSEDE: (frozenset({RunStatus.SOLVED, RunStatus.PROPOSED}), RunStatus.SUPERSEDED),
}


class CounterfactualStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("counterfactual", "Being worked out")
    ANSWERED = "answered", pgettext_lazy("counterfactual", "Answered")
    FAILED = "failed", pgettext_lazy("counterfactual", "Failed")


class CounterfactualAction(models.TextChoices):
    ANSWER = "answer", pgettext_lazy("counterfactual", "Answer")
    FAIL = "fail", pgettext_lazy("counterfactual", "Fail")
    ASK_AGAIN = "ask_again", pgettext_lazy("counterfactual", "Ask again")


COUNTERFACTUAL_EDGES: Edges = {
    CounterfactualAction.ANSWER: (frozenset({CounterfactualStatus.WAITING}), CounterfactualStatus.ANSWERED),
    CounterfactualAction.FAIL: (frozenset({CounterfactualStatus.WAITING}), CounterfactualStatus.FAILED),
    CounterfactualAction.ASK_AGAIN: (frozenset({CounterfactualStatus.FAILED}), CounterfactualStatus.WAITING),
}


class CounterfactualGoal(models.TextChoices):
    """What the engine calls the outcome that is asked about."""

    GRANTED = "granted", pgettext_lazy("counterfactual", "An award at all")
    IN_FULL = "in_full", pgettext_lazy("counterfactual", "All units asked for")


class ChangeKind(models.TextChoices):
    """The one number of an application that is another."""

    SCORE = "score", pgettext_lazy("counterfactual", "Score")
    REQUEST = "request", pgettext_lazy("counterfactual", "Units asked for")
    MINIMUM = "minimum", pgettext_lazy("counterfactual", "Fewest units accepted")


class AllocationStatus(models.TextChoices):
    OFFERED = "offered", pgettext_lazy("match", "Offered")
    CONFIRMED = "confirmed", pgettext_lazy("match", "Confirmed by both sides")
    DECLINED = "declined", pgettext_lazy("match", "Declined")
    LAPSED = "lapsed", pgettext_lazy("match", "Lapsed")
    CANCELLED = "cancelled", pgettext_lazy("match", "Cancelled because the contract failed")


class AllocationAction(models.TextChoices):
    CONFIRM = "confirm", pgettext_lazy("match", "Confirm")
    DECLINE = "decline", pgettext_lazy("match", "Decline")
    LAPSE = "lapse", pgettext_lazy("match", "Lapse")
    CANCEL = "cancel", pgettext_lazy("match", "Cancel")


ALLOCATION_EDGES: Edges = {
    AllocationAction.CONFIRM: (frozenset({AllocationStatus.OFFERED}), AllocationStatus.CONFIRMED),
    AllocationAction.DECLINE: (frozenset({AllocationStatus.OFFERED}), AllocationStatus.DECLINED),
    AllocationAction.LAPSE: (frozenset({AllocationStatus.OFFERED}), AllocationStatus.LAPSED),
    AllocationAction.CANCEL: (frozenset({AllocationStatus.CONFIRMED}), AllocationStatus.CANCELLED),
}


class AllocationOrigin(models.TextChoices):
    RUN = "run", _("Matching run")
    PREDETERMINED = "predetermined", _("Determined before matching")
    WAITLIST = "waitlist", _("Promoted from the waitlist")
    OVERRIDE = "override", _("Set by PPS staff")
    CORRECTION = "correction", _("Added by a corrected result")


class Response(models.TextChoices):
    PENDING = "pending", pgettext_lazy("match", "Awaiting an answer")
    ACCEPTED = "accepted", pgettext_lazy("match", "Accepted")
    DECLINED = "declined", pgettext_lazy("match", "Declined")
    LAPSED = "lapsed", pgettext_lazy("match", "Not answered in time")


class Limit(models.TextChoices):
    """The limits of the format pilot-matching/1 that an explanation may name."""

    BUDGET = "budget", _("Budget of the round")
    TRACK_CEILING = "track_ceiling", _("Ceiling of the track")
    PRODUCT_UNITS = "product_units", _("Units the supplier can deliver")
    PRODUCT_CEILING = "product_ceiling", _("Amount ceiling of the product")
    PRODUCT_INSTITUTIONS = "product_institutions", _("Number of institutions for the product")
    PRODUCT_MIN_INSTITUTIONS = "product_min_institutions", _("Smallest number of institutions for the product")
    INSTITUTION_CEILING = "institution_ceiling", _("Amount ceiling of the institution")
    INSTITUTION_PRODUCTS = "institution_products", _("Number of products for the institution")


# The others count units, institutions or products.
LIMITS_IN_WON = frozenset({Limit.BUDGET, Limit.TRACK_CEILING, Limit.PRODUCT_CEILING, Limit.INSTITUTION_CEILING})


class ContractStatus(models.TextChoices):
    PREPARING = "preparing", pgettext_lazy("contract", "Being prepared")
    SIGNED = "signed", pgettext_lazy("contract", "Signed")
    IN_DELIVERY = "in_delivery", pgettext_lazy("contract", "In delivery")
    ACCEPTED = "accepted", pgettext_lazy("contract", "Delivered and accepted")
    PAID = "paid", pgettext_lazy("contract", "Paid")
    CLOSED = "closed", pgettext_lazy("contract", "Closed")
    FAILED = "failed", pgettext_lazy("contract", "Failed before signing")
    TERMINATED = "terminated", pgettext_lazy("contract", "Terminated")


class ContractAction(models.TextChoices):
    SIGN = "sign", pgettext_lazy("contract", "Sign")
    BEGIN_DELIVERY = "begin_delivery", pgettext_lazy("contract", "Begin delivery")
    ACCEPT = "accept", pgettext_lazy("contract", "Accept")
    PAY = "pay", pgettext_lazy("contract", "Record payment")
    CLOSE = "close", pgettext_lazy("contract", "Close")
    FAIL = "fail", pgettext_lazy("contract", "Record as failed")
    TERMINATE = "terminate", pgettext_lazy("contract", "Terminate")
    CURTAIL = "curtail", pgettext_lazy("contract", "End early after partial acceptance")


CONTRACT_EDGES: Edges = {
    ContractAction.SIGN: (frozenset({ContractStatus.PREPARING}), ContractStatus.SIGNED),
    ContractAction.BEGIN_DELIVERY: (frozenset({ContractStatus.SIGNED}), ContractStatus.IN_DELIVERY),
    ContractAction.ACCEPT: (frozenset({ContractStatus.IN_DELIVERY}), ContractStatus.ACCEPTED),
    ContractAction.PAY: (frozenset({ContractStatus.ACCEPTED}), ContractStatus.PAID),
    ContractAction.CLOSE: (frozenset({ContractStatus.PAID}), ContractStatus.CLOSED),
    ContractAction.FAIL: (frozenset({ContractStatus.PREPARING}), ContractStatus.FAILED),
    ContractAction.TERMINATE: (
        frozenset({ContractStatus.SIGNED, ContractStatus.IN_DELIVERY}),
        ContractStatus.TERMINATED,
    ),
    # What an institution has accepted must be paid, so such a contract goes on with its accepted lines.
    ContractAction.CURTAIL: (frozenset({ContractStatus.IN_DELIVERY}), ContractStatus.ACCEPTED),
}


class LineStatus(models.TextChoices):
    AWAITING_DELIVERY = "awaiting_delivery", pgettext_lazy("delivery", "Awaiting delivery")
    DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered, awaiting inspection")
    REJECTED = "rejected", pgettext_lazy("delivery", "Rejected at inspection")
    ACCEPTED = "accepted", pgettext_lazy("delivery", "Accepted")
    CANCELLED = "cancelled", pgettext_lazy("delivery", "Cancelled")


class LineAction(models.TextChoices):
    DELIVER = "deliver", pgettext_lazy("delivery", "Record delivery")
    REJECT = "reject", pgettext_lazy("delivery", "Reject")
    ACCEPT = "accept", pgettext_lazy("delivery", "Accept")
    CANCEL = "cancel", pgettext_lazy("delivery", "Cancel")


LINE_EDGES: Edges = {
    LineAction.DELIVER: (frozenset({LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED}), LineStatus.DELIVERED),
    LineAction.REJECT: (frozenset({LineStatus.DELIVERED}), LineStatus.REJECTED),
    LineAction.ACCEPT: (frozenset({LineStatus.DELIVERED}), LineStatus.ACCEPTED),
    LineAction.CANCEL: (
        frozenset({LineStatus.AWAITING_DELIVERY, LineStatus.DELIVERED, LineStatus.REJECTED}),
        LineStatus.CANCELLED,
    ),
}


class LegalGround(models.TextChoices):
    PILOT_PURCHASE = "pilot_purchase", _("Direct contract for the pilot purchase of an innovative product")
    OVERSEAS = "overseas", _("Direct contract for an overseas demonstration of an innovative product")


class AmendmentKind(models.TextChoices):
    QUANTITY = "quantity", pgettext_lazy("amendment", "Quantity")
    DUE_DATE = "due_date", pgettext_lazy("amendment", "Delivery date")
    SITE = "site", pgettext_lazy("amendment", "Site")


class AmendmentStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("amendment", "Proposed")
    APPROVED = "approved", pgettext_lazy("amendment", "Approved")
    REJECTED = "rejected", pgettext_lazy("amendment", "Turned down")


class AmendmentAction(models.TextChoices):
    APPROVE = "approve", pgettext_lazy("amendment", "Approve")
    REJECT = "reject", pgettext_lazy("amendment", "Turn down")


AMENDMENT_EDGES: Edges = {
    AmendmentAction.APPROVE: (frozenset({AmendmentStatus.PROPOSED}), AmendmentStatus.APPROVED),
    AmendmentAction.REJECT: (frozenset({AmendmentStatus.PROPOSED}), AmendmentStatus.REJECTED),
}


class InspectionResult(models.TextChoices):
    ACCEPTED = "accepted", pgettext_lazy("inspection", "Accepted")
    REJECTED = "rejected", pgettext_lazy("inspection", "Rejected")


class ChecklistItem(models.TextChoices):
    QUANTITY = "quantity", _("The number of units matches the contract.")
    MODEL = "model", _("Model and specification match the contract.")
    SERIALS = "serials", _("Serial numbers match the delivery record.")
    CONDITION = "condition", _("There is no visible damage.")
    INSTALLED = "installed", _("The units are installed at the site and work.")
    TRAINING = "training", _("Users were trained and received the manual.")
    SAFETY = "safety", _("Safety instructions and certificates were handed over.")


class Fact(models.TextChoices):
    """What the app tells people; each has mail templates and a line in the preferences."""

    RUN_SOLVED = "matching.run_solved", _("A matching run was solved")
    RUN_FAILED = "matching.run_failed", _("A matching run failed")
    COUNTERFACTUAL_ANSWERED = "matching.counterfactual_answered", _("What would have been enough was worked out")
    RUN_PROPOSED = "matching.run_proposed", _("A matching result awaits approval")
    RUN_RETURNED = "matching.run_returned", _("A matching result was returned")
    OFFER_MADE = "matching.offer_made", _("A match was offered to the institution")
    LINE_UP_OFFERED = "matching.line_up_offered", _("A line-up of institutions was offered to the supplier")
    WAITLISTED = "matching.waitlisted", _("An application was put on the waitlist")
    NOT_MATCHED = "matching.not_matched", _("An application was not matched")
    PRODUCT_UNMATCHED = "matching.product_unmatched", _("A product found no institution in a round")
    RESULT_OBJECTION_RAISED = "matching.result_objection_raised", _("An objection to a result was raised")
    RESULT_OBJECTION_DECIDED = "matching.result_objection_decided", _("An objection to a result was decided")
    OFFER_CONFIRMED = "matching.offer_confirmed", _("A match was confirmed by both sides")
    OFFER_DECLINED = "matching.offer_declined", _("A match was declined")
    OFFER_LAPSED = "matching.offer_lapsed", _("A match lapsed without an answer")
    CONTRACT_PREPARED = "matching.contract_prepared", _("A contract awaits signature")
    CONTRACT_SIGNED = "matching.contract_signed", _("A contract was signed")
    CONTRACT_ENDED = "matching.contract_ended", _("A contract failed or was terminated")
    AMENDMENT_PROPOSED = "matching.amendment_proposed", _("A contract amendment awaits approval")
    AMENDMENT_DECIDED = "matching.amendment_decided", _("A contract amendment was decided")
    DELIVERED = "matching.delivered", _("A delivery awaits inspection")
    DELIVERY_ACCEPTED = "matching.delivery_accepted", _("A delivery was accepted")
    DELIVERY_REJECTED = "matching.delivery_rejected", _("A delivery was rejected")
    DELIVERY_OVERDUE = "matching.delivery_overdue", _("A delivery is overdue")
    INSPECTION_OVERDUE = "matching.inspection_overdue", _("An inspection is overdue")
    READY_TO_PAY = "matching.ready_to_pay", _("A contract can be paid")
    CONTRACT_PAID = "matching.contract_paid", _("A contract was paid")


# Facts that one kind of organization alone is told; everybody else needs no choice about their mail.
TOLD_ONLY = {
    "supplier": frozenset(
        {
            Fact.LINE_UP_OFFERED,
            Fact.PRODUCT_UNMATCHED,
            Fact.DELIVERY_ACCEPTED,
            Fact.DELIVERY_OVERDUE,
            Fact.CONTRACT_PAID,
        }
    ),
    "institution": frozenset(
        {Fact.OFFER_MADE, Fact.WAITLISTED, Fact.NOT_MATCHED, Fact.DELIVERED, Fact.INSPECTION_OVERDUE}
    ),
    "pps": frozenset(
        {
            Fact.RUN_SOLVED,
            Fact.RUN_FAILED,
            Fact.RUN_PROPOSED,
            Fact.RUN_RETURNED,
            Fact.RESULT_OBJECTION_RAISED,
            Fact.CONTRACT_PREPARED,
            Fact.AMENDMENT_PROPOSED,
            Fact.READY_TO_PAY,
        }
    ),
}
