from django.db import models
from django.utils.translation import gettext_lazy as _

from core.workflow import Edges


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Running")
    CANCELLING = "cancelling", _("Being cancelled")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")
    SOLVED = "solved", _("Solved and audited")
    PROPOSED = "proposed", _("Proposed for approval")
    APPROVED = "approved", _("Approved")
    SUPERSEDED = "superseded", _("Superseded")


class RunStage(models.TextChoices):
    """The steps that the engine and the worker report."""

    PREPARE = "prepare", _("Preparing the instance")
    PRICES = "prices", _("Finding prices")
    AWARD = "award", _("Awarding by price")
    SEARCH = "search", _("Searching for better awards")
    CERTIFY = "certify", _("Proving the bound")
    EXPLAIN = "explain", _("Explaining")
    AUDIT = "audit", _("Auditing")


class RunAction(models.TextChoices):
    BEGIN = "begin", _("Begin")
    REQUEST_CANCEL = "request_cancel", _("Ask to cancel")
    CANCEL = "cancel", _("Cancel")
    FAIL = "fail", _("Fail")
    SOLVE = "solve", _("Accept the audited result")
    PROPOSE = "propose", _("Propose")
    RETURN = "return", _("Return to the proposer")
    APPROVE = "approve", _("Approve")
    SUPERSEDE = "supersede", _("Supersede")


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


class AllocationStatus(models.TextChoices):
    OFFERED = "offered", _("Offered")
    CONFIRMED = "confirmed", _("Confirmed by both sides")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Lapsed")
    CANCELLED = "cancelled", _("Cancelled because the contract failed")


class AllocationAction(models.TextChoices):
    CONFIRM = "confirm", _("Confirm")
    DECLINE = "decline", _("Decline")
    LAPSE = "lapse", _("Lapse")
    CANCEL = "cancel", _("Cancel")


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


class Response(models.TextChoices):
    PENDING = "pending", _("Awaiting an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Not answered in time")


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


class ContractStatus(models.TextChoices):
    PREPARING = "preparing", _("Being prepared")
    SIGNED = "signed", _("Signed")
    IN_DELIVERY = "in_delivery", _("In delivery")
    ACCEPTED = "accepted", _("Delivered and accepted")
    PAID = "paid", _("Paid")
    CLOSED = "closed", _("Closed")
    FAILED = "failed", _("Failed before signing")
    TERMINATED = "terminated", _("Terminated")


class ContractAction(models.TextChoices):
    SIGN = "sign", _("Sign")
    BEGIN_DELIVERY = "begin_delivery", _("Begin delivery")
    ACCEPT = "accept", _("Accept")
    PAY = "pay", _("Record payment")
    CLOSE = "close", _("Close")
    FAIL = "fail", _("Record as failed")
    TERMINATE = "terminate", _("Terminate")
    CURTAIL = "curtail", _("End early after partial acceptance")


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
    AWAITING_DELIVERY = "awaiting_delivery", _("Awaiting delivery")
    DELIVERED = "delivered", _("Delivered, awaiting inspection")
    REJECTED = "rejected", _("Rejected at inspection")
    ACCEPTED = "accepted", _("Accepted")
    CANCELLED = "cancelled", _("Cancelled")


class LineAction(models.TextChoices):
    DELIVER = "deliver", _("Record delivery")
    REJECT = "reject", _("Reject")
    ACCEPT = "accept", _("Accept")
    CANCEL = "cancel", _("Cancel")


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
    QUANTITY = "quantity", _("Quantity")
    DUE_DATE = "due_date", _("Delivery date")
    SITE = "site", _("Site")


class AmendmentStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Turned down")


class AmendmentAction(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Turn down")


AMENDMENT_EDGES: Edges = {
    AmendmentAction.APPROVE: (frozenset({AmendmentStatus.PROPOSED}), AmendmentStatus.APPROVED),
    AmendmentAction.REJECT: (frozenset({AmendmentStatus.PROPOSED}), AmendmentStatus.REJECTED),
}


class InspectionResult(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


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
    RUN_PROPOSED = "matching.run_proposed", _("A matching result awaits approval")
    RUN_RETURNED = "matching.run_returned", _("A matching result was returned")
    OFFER_MADE = "matching.offer_made", _("A match was offered to the institution")
    LINE_UP_OFFERED = "matching.line_up_offered", _("A line-up of institutions was offered to the supplier")
    WAITLISTED = "matching.waitlisted", _("An application was put on the waitlist")
    NOT_MATCHED = "matching.not_matched", _("An application was not matched")
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
