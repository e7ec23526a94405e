from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class AcquisitionMode(models.TextChoices):
    PURCHASE = "purchase", _("Purchase")
    LEASE = "lease", _("Lease")


class AnnualPlanStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    SUPERSEDED = "superseded", _("Superseded")


class AnnualPlanAction(models.TextChoices):
    CONFIRM = "confirm", _("Confirm")
    SUPERSEDE = "supersede", _("Supersede")


ANNUAL_PLAN_EDGES: Edges = {
    AnnualPlanAction.CONFIRM: (frozenset({AnnualPlanStatus.DRAFT}), AnnualPlanStatus.CONFIRMED),
    AnnualPlanAction.SUPERSEDE: (frozenset({AnnualPlanStatus.CONFIRMED}), AnnualPlanStatus.SUPERSEDED),
}


class RoundStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    PLAN_INTAKE = "plan_intake", _("Taking pilot-use plans")
    OPEN = "open", _("Open to institutions")
    CLOSED = "closed", pgettext_lazy("round", "Closed")
    REVIEWING = "reviewing", _("Amount and scale review")
    MATCHING = "matching", _("Matching")
    RESULT_PUBLISHED = "result_published", _("Result published")
    EXECUTING = "executing", _("Executing")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class RoundAction(models.TextChoices):
    OPEN_INTAKE = "open_intake", _("Open the intake of plans")
    OPEN = "open", _("Open to institutions")
    CLOSE = "close", _("Close the round")
    START_REVIEW = "start_review", _("Start the review")
    FREEZE = "freeze", _("Freeze for matching")
    PUBLISH_RESULT = "publish_result", _("Publish the result")
    START_EXECUTING = "start_executing", _("Start executing")
    COMPLETE = "complete", _("Complete")
    CANCEL = "cancel", _("Cancel")


_R = RoundStatus
ROUND_EDGES: Edges = {
    RoundAction.OPEN_INTAKE: (frozenset({_R.PLANNED}), _R.PLAN_INTAKE),
    RoundAction.OPEN: (frozenset({_R.PLAN_INTAKE}), _R.OPEN),
    RoundAction.CLOSE: (frozenset({_R.OPEN}), _R.CLOSED),
    RoundAction.START_REVIEW: (frozenset({_R.CLOSED}), _R.REVIEWING),
    RoundAction.FREEZE: (frozenset({_R.REVIEWING}), _R.MATCHING),
    RoundAction.PUBLISH_RESULT: (frozenset({_R.MATCHING}), _R.RESULT_PUBLISHED),
    RoundAction.START_EXECUTING: (frozenset({_R.RESULT_PUBLISHED}), _R.EXECUTING),
    RoundAction.COMPLETE: (frozenset({_R.EXECUTING}), _R.COMPLETED),
    RoundAction.CANCEL: (
        frozenset({_R.PLANNED, _R.PLAN_INTAKE, _R.OPEN, _R.CLOSED, _R.REVIEWING, _R.MATCHING}),
        _R.CANCELLED,
    ),
}


class PlanStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned for correction")
    APPROVED = "approved", _("Approved")
    EXCLUDED = "excluded", _("Excluded")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PlanAction(models.TextChoices):
    SUBMIT = "submit", _("Submit")
    RETURN = "return", _("Return for correction")
    APPROVE = "approve", _("Approve")
    EXCLUDE = "exclude", _("Exclude")
    WITHDRAW = "withdraw", _("Withdraw")


_P = PlanStatus
PLAN_EDGES: Edges = {
    PlanAction.SUBMIT: (frozenset({_P.DRAFT, _P.RETURNED}), _P.SUBMITTED),
    PlanAction.RETURN: (frozenset({_P.SUBMITTED}), _P.RETURNED),
    PlanAction.APPROVE: (frozenset({_P.SUBMITTED}), _P.APPROVED),
    PlanAction.EXCLUDE: (frozenset({_P.SUBMITTED, _P.RETURNED, _P.APPROVED}), _P.EXCLUDED),
    PlanAction.WITHDRAW: (frozenset({_P.DRAFT, _P.SUBMITTED, _P.RETURNED}), _P.WITHDRAWN),
}


class PlanSection(models.TextChoices):
    """The parts of the plan's form; a plan that is returned carries remarks beside them."""

    PRICE = "price", _("Product and price")
    SCALE = "scale", _("Amount and scale")
    SITES = "sites", _("Suitable institutions and sites")
    KPIS = "kpis", _("Performance measures")
    SUPPORT = "support", _("Use and support")
    MARKS = "marks", _("What the review takes into account")
    FILES = "files", _("Files")


class Paper(models.TextChoices):
    """What an attachment is for; stored as the purpose of the file."""

    PRICE = "pilots.plan.price", _("Evidence of the price")
    PLAN = "pilots.plan", _("Further files")
    LETTER = "pilots.application.letter", _("Official letter")
    EVIDENCE = "pilots.application.evidence", _("Evidence for what applies to you")
    APPLICATION = "pilots.application", _("Further files")


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    UNDER_REVIEW = "under_review", _("Under review")
    REVIEW_PASSED = "review_passed", _("Review passed")
    REVIEW_ADJUSTED = "review_adjusted", _("Passed with a changed quantity")
    REVIEW_REJECTED = "review_rejected", _("Not passed")
    MATCHED = "matched", _("Matched")
    WAITLISTED = "waitlisted", _("On the waitlist")
    NOT_MATCHED = "not_matched", _("Not matched")
    CONFIRMED = "confirmed", _("Match confirmed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    INVALID = "invalid", _("Invalid")


class ApplicationAction(models.TextChoices):
    SUBMIT = "submit", _("Submit")
    START_REVIEW = "start_review", _("Start the review")
    PASS = "pass", _("Pass")
    ADJUST = "adjust", _("Pass with a changed quantity")
    REJECT = "reject", _("Reject")
    REOPEN = "reopen", _("Take the decision back")
    MATCH = "match", _("Match")
    WAITLIST = "waitlist", _("Put on the waitlist")
    NOT_MATCH = "not_match", _("Record as not matched")
    CORRECT = "correct", _("Match by a corrected result")
    RELIST = "relist", _("Put on the waitlist by a corrected result")
    CONFIRM = "confirm", _("Confirm the match")
    DECLINE = "decline", _("Decline")
    WITHDRAW = "withdraw", _("Withdraw")
    INVALIDATE = "invalidate", _("Declare invalid")


_A = ApplicationStatus
# Passed applications reach CONFIRMED directly only when the pilot institution was determined beforehand
# (a guard in workflow.py); everybody else goes through matching.
APPLICATION_EDGES: Edges = {
    ApplicationAction.SUBMIT: (frozenset({_A.DRAFT}), _A.SUBMITTED),
    ApplicationAction.START_REVIEW: (frozenset({_A.SUBMITTED}), _A.UNDER_REVIEW),
    ApplicationAction.PASS: (frozenset({_A.UNDER_REVIEW}), _A.REVIEW_PASSED),
    ApplicationAction.ADJUST: (frozenset({_A.UNDER_REVIEW}), _A.REVIEW_ADJUSTED),
    ApplicationAction.REJECT: (frozenset({_A.UNDER_REVIEW}), _A.REVIEW_REJECTED),
    ApplicationAction.REOPEN: (
        frozenset({_A.REVIEW_PASSED, _A.REVIEW_ADJUSTED, _A.REVIEW_REJECTED}),
        _A.UNDER_REVIEW,
    ),
    ApplicationAction.MATCH: (frozenset({_A.REVIEW_PASSED, _A.REVIEW_ADJUSTED, _A.WAITLISTED}), _A.MATCHED),
    ApplicationAction.WAITLIST: (frozenset({_A.REVIEW_PASSED, _A.REVIEW_ADJUSTED}), _A.WAITLISTED),
    ApplicationAction.NOT_MATCH: (
        frozenset({_A.REVIEW_PASSED, _A.REVIEW_ADJUSTED, _A.WAITLISTED}),
        _A.NOT_MATCHED,
    ),
    ApplicationAction.CORRECT: (frozenset({_A.NOT_MATCHED}), _A.MATCHED),
    ApplicationAction.RELIST: (frozenset({_A.NOT_MATCHED}), _A.WAITLISTED),
    ApplicationAction.CONFIRM: (frozenset({_A.MATCHED, _A.REVIEW_PASSED, _A.REVIEW_ADJUSTED}), _A.CONFIRMED),
    ApplicationAction.DECLINE: (frozenset({_A.MATCHED, _A.CONFIRMED}), _A.DECLINED),
    ApplicationAction.WITHDRAW: (
        frozenset({_A.SUBMITTED, _A.UNDER_REVIEW, _A.REVIEW_PASSED, _A.REVIEW_ADJUSTED, _A.WAITLISTED}),
        _A.WITHDRAWN,
    ),
    ApplicationAction.INVALIDATE: (
        frozenset({_A.SUBMITTED, _A.UNDER_REVIEW, _A.REVIEW_PASSED, _A.REVIEW_ADJUSTED, _A.WAITLISTED}),
        _A.INVALID,
    ),
}


class ObjectionStatus(models.TextChoices):
    OPEN = "open", _("Waiting for a decision")
    UPHELD = "upheld", _("Upheld")
    DISMISSED = "dismissed", _("Dismissed")


class ObjectionAction(models.TextChoices):
    UPHOLD = "uphold", _("Uphold")
    DISMISS = "dismiss", _("Dismiss")


OBJECTION_EDGES: Edges = {
    ObjectionAction.UPHOLD: (frozenset({ObjectionStatus.OPEN}), ObjectionStatus.UPHELD),
    ObjectionAction.DISMISS: (frozenset({ObjectionStatus.OPEN}), ObjectionStatus.DISMISSED),
}


class ReviewDecision(models.TextChoices):
    PASS = "pass", _("Pass")
    ADJUST = "adjust", _("Pass with a changed quantity")
    REJECT = "reject", _("Reject")


class ReviewReason(models.TextChoices):
    NONE = "", _("No remark")
    ABOVE_CEILING = "above_ceiling", _("The amount is above a ceiling")
    QUANTITY_NOT_JUSTIFIED = "quantity_not_justified", _("The quantity is not justified")
    SITE_UNSUITABLE = "site_unsuitable", _("The site does not meet the plan's requirements")
    PURPOSE_UNCLEAR = "purpose_unclear", _("The purpose of use is not clear")
    PRICE_NOT_JUSTIFIED = "price_not_justified", _("The price is not justified")
    OVERDUE_REPORTS = "overdue_reports", _("Reports of earlier pilots are overdue")
    RECEIVED_BEFORE = "received_before", _("The institution received this product before")
    OTHER = "other", _("Other reason")


class ExemptReason(models.TextChoices):
    NONE = "", _("Not exempt")
    DEMAND_PROPOSED = "demand_proposed", _("The institution proposed the demand for this product")
    NEIGHBORHOOD = "neighborhood", _("Our Neighborhood product for the proposer's institution")
    JOINT_RESEARCH = "joint_research", _("The institution took part in developing the product")
    POLICY_DEMAND = "policy_demand", _("A ministry named the institution")


class OperatingPayer(models.TextChoices):
    INSTITUTION = "institution", _("Institution")
    SUPPLIER = "supplier", _("Supplier")
    SHARED = "shared", _("Both")
    NONE = "none", _("No running cost")


class Comparison(models.TextChoices):
    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")


class Claim(models.TextChoices):
    """What an institution says about itself that the rule set may reward; each needs evidence."""

    SAFETY = "safety", _("We are a safety institution")
    NEIGHBORHOOD = "neighborhood", _("The proposer of this product lives in our area")
    RURAL = "rural", _("The site is in a rural area")
    LOCAL_RND = "local_rnd", _("The product comes from research of our local government")
    POLICY_DEMAND = "policy_demand", _("A ministry asked for this use")
    FIRST_TIME = "first_time", _("We have never taken part before")


class PriceBasis(models.TextChoices):
    CONTRACT = "contract", _("Earlier contract")
    MARKET = "market", _("Market price")
    COST = "cost", _("Cost calculation")
    QUOTATION = "quotation", _("Quotation")


class LedgerKind(models.TextChoices):
    PLAN = "plan", _("Plan")
    RESERVE = "reserve", _("Reserve")
    COMMIT = "commit", _("Commit")
    SPEND = "spend", _("Spend")
    RELEASE = "release", _("Release")
    CORRECTION = "correction", _("Correction")


class Bucket(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RESERVED = "reserved", _("Reserved")
    COMMITTED = "committed", _("Committed")
    SPENT = "spent", _("Spent")


class HistoryKind(models.TextChoices):
    PILOT = "pilot", _("Domestic pilot purchase")
    OVERSEAS = "overseas", _("Overseas demonstration")


class HistoryOutcome(models.TextChoices):
    NONE = "", _("Not judged yet")
    SUCCESS = "success", _("Success")
    INSUFFICIENT = "insufficient", _("Insufficient")
    FAILURE = "failure", _("Failure")


class CorrectionStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class CorrectionAction(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")


CORRECTION_EDGES: Edges = {
    CorrectionAction.APPROVE: (frozenset({CorrectionStatus.PROPOSED}), CorrectionStatus.APPROVED),
    CorrectionAction.REJECT: (frozenset({CorrectionStatus.PROPOSED}), CorrectionStatus.REJECTED),
}


class Fact(models.TextChoices):
    """What people are told; every fact has a pair of mail templates."""

    INTAKE_OPENED = "pilots.intake_opened", _("The intake of pilot-use plans opened")
    ROUND_OPENED = "pilots.round_opened", _("A pilot round opened")
    ROUND_EXTENDED = "pilots.round_extended", _("A closing time was extended")
    ROUND_CANCELLED = "pilots.round_cancelled", _("A pilot round was cancelled")
    PLAN_SUBMITTED = "pilots.plan_submitted", _("A pilot-use plan was received")
    PLAN_RETURNED = "pilots.plan_returned", _("A pilot-use plan was returned")
    PLAN_APPROVED = "pilots.plan_approved", _("A pilot-use plan was approved")
    PLAN_EXCLUDED = "pilots.plan_excluded", _("A pilot-use plan was excluded")
    APPLICATION_SUBMITTED = "pilots.application_submitted", _("A pilot-use application was received")
    APPLICATION_WITHDRAWN = "pilots.application_withdrawn", _("A pilot-use application was withdrawn")
    APPLICATION_INVALID = "pilots.application_invalid", _("A pilot-use application became invalid")
    APPROVAL_REQUESTED = "pilots.approval_requested", _("A colleague asks you to submit an application")
    APPROVAL_REFUSED = "pilots.approval_refused", _("Your approver sends an application back")
    REVIEW_PASSED = "pilots.review_passed", _("A pilot-use application passed the review")
    REVIEW_ADJUSTED = "pilots.review_adjusted", _("A pilot-use application passed with another quantity")
    REVIEW_REJECTED = "pilots.review_rejected", _("A pilot-use application did not pass the review")
    QUESTION_ASKED = "pilots.question_asked", _("A reviewer asks a question")
    QUESTION_ANSWERED = "pilots.question_answered", _("A question was answered")
    OBJECTION_RAISED = "pilots.objection_raised", _("An objection was raised")
    OBJECTION_DECIDED = "pilots.objection_decided", _("An objection was decided")
    INTAKE_CLOSING = "pilots.intake_closing", _("The intake closes and a plan is not handed in")
    CORRECTION_DUE = "pilots.correction_due", _("A correction of a plan is due")
    QUESTION_DUE = "pilots.question_due", _("An answer to a reviewer is due")
    CLOSING_SOON = "pilots.closing_soon", _("A deadline is near")
    ABSENCE_COVERED = "pilots.absence_covered", _("You cover for an absent colleague")
    ABSENCE_ENDED = "pilots.absence_ended", _("A cover ended")
    PRODUCT_DEMAND = "pilots.product_demand", _("Institutions applied for your product")


# Facts that one kind of organization alone is told; everybody else needs no choice about their mail.
TOLD_ONLY = {
    "supplier": frozenset(
        {
            Fact.INTAKE_OPENED,
            Fact.PLAN_RETURNED,
            Fact.PLAN_APPROVED,
            Fact.PLAN_EXCLUDED,
            Fact.INTAKE_CLOSING,
            Fact.CORRECTION_DUE,
            Fact.PRODUCT_DEMAND,
        }
    ),
    "institution": frozenset(
        {
            Fact.ROUND_OPENED,
            Fact.APPLICATION_SUBMITTED,
            Fact.APPLICATION_WITHDRAWN,
            Fact.APPLICATION_INVALID,
            Fact.APPROVAL_REQUESTED,
            Fact.APPROVAL_REFUSED,
            Fact.REVIEW_PASSED,
            Fact.REVIEW_ADJUSTED,
            Fact.REVIEW_REJECTED,
            Fact.QUESTION_ASKED,
            Fact.QUESTION_DUE,
        }
    ),
    "pps": frozenset(
        {Fact.PLAN_SUBMITTED, Fact.QUESTION_ANSWERED, Fact.OBJECTION_RAISED, Fact.ABSENCE_COVERED, Fact.ABSENCE_ENDED}
    ),
}
