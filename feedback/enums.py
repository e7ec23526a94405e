"""States, actions and edges of everything that follows an accepted delivery."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class UseStatus(TextChoices):
    AWAITING = "awaiting", _("Awaiting start")
    IN_USE = "in_use", _("In pilot use")
    SUSPENDED = "suspended", _("Suspended")
    USE_ENDED = "use_ended", _("Pilot use ended")
    REPORTED = "reported", _("Reported")
    EVALUATED = "evaluated", _("Evaluated")
    TRANSFERRED = "transferred", _("Asset settled")
    MONITORING = "monitoring", _("Under post-management")
    CLOSED = "closed", _("Closed")


class UseAction(TextChoices):
    START = "start", _("Start pilot use")
    SUSPEND = "suspend", _("Suspend pilot use")
    RESUME = "resume", _("Resume pilot use")
    END = "end", _("End pilot use")
    REPORT = "report", _("Report results")
    REOPEN_REPORT = "reopen_report", _("Ask for the report again")
    EVALUATE = "evaluate", _("Evaluate")
    TRANSFER = "transfer", _("Settle the asset")
    MONITOR = "monitor", _("Start post-management")
    CLOSE = "close", _("Close the case")


_U, _UA = UseStatus, UseAction
USE_EDGES: Edges = {
    _UA.START: (frozenset({_U.AWAITING}), _U.IN_USE),
    _UA.SUSPEND: (frozenset({_U.IN_USE}), _U.SUSPENDED),
    _UA.RESUME: (frozenset({_U.SUSPENDED}), _U.IN_USE),
    _UA.END: (frozenset({_U.IN_USE, _U.SUSPENDED}), _U.USE_ENDED),
    _UA.REPORT: (frozenset({_U.USE_ENDED}), _U.REPORTED),
    _UA.REOPEN_REPORT: (frozenset({_U.REPORTED}), _U.USE_ENDED),
    _UA.EVALUATE: (frozenset({_U.REPORTED}), _U.EVALUATED),
    _UA.TRANSFER: (frozenset({_U.EVALUATED}), _U.TRANSFERRED),
    _UA.MONITOR: (frozenset({_U.TRANSFERRED}), _U.MONITORING),
    _UA.CLOSE: (frozenset({_U.TRANSFERRED, _U.MONITORING}), _U.CLOSED),
}


class EndReason(TextChoices):
    COMPLETED = "completed", _("The period ended as planned")
    SITE_LOST = "site_lost", _("The site is no longer available")
    SAFETY = "safety", _("Ended early for safety")
    DEFECT = "defect", _("Ended early because of a defect")
    OTHER = "other", _("Ended early for another reason")


class ExtensionStatus(TextChoices):
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


class ExtensionAction(TextChoices):
    APPROVE = "approve", _("Approve the extension")
    DECLINE = "decline", _("Decline the extension")


EXTENSION_EDGES: Edges = {
    ExtensionAction.APPROVE: (frozenset({ExtensionStatus.REQUESTED}), ExtensionStatus.APPROVED),
    ExtensionAction.DECLINE: (frozenset({ExtensionStatus.REQUESTED}), ExtensionStatus.DECLINED),
}


class IncidentKind(TextChoices):
    SAFETY_ACCIDENT = "safety_accident", _("Safety accident")
    DEFECT = "defect", _("Defect")
    DISUSE = "disuse", _("Not being used")
    SITE_LOST = "site_lost", _("Site lost")
    OTHER = "other", _("Other")


class IncidentStatus(TextChoices):
    OPEN = "open", _("Open")
    RESOLVED = "resolved", _("Resolved")


class IncidentAction(TextChoices):
    RESOLVE = "resolve", _("Resolve the incident")


INCIDENT_EDGES: Edges = {
    IncidentAction.RESOLVE: (frozenset({IncidentStatus.OPEN}), IncidentStatus.RESOLVED),
}


class ReportStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned")
    ACCEPTED = "accepted", _("Accepted by PPS")


class ReportAction(TextChoices):
    SUBMIT = "submit", _("Submit the report")
    RETURN = "return", _("Return the report")
    ACCEPT = "accept", _("Accept the report")


REPORT_EDGES: Edges = {
    ReportAction.SUBMIT: (frozenset({ReportStatus.DRAFT, ReportStatus.RETURNED}), ReportStatus.SUBMITTED),
    ReportAction.RETURN: (frozenset({ReportStatus.SUBMITTED}), ReportStatus.RETURNED),
    ReportAction.ACCEPT: (frozenset({ReportStatus.SUBMITTED}), ReportStatus.ACCEPTED),
}


class PurchaseIntention(TextChoices):
    YES = "yes", _("We plan to buy more")
    UNDECIDED = "undecided", _("Not decided yet")
    NO = "no", _("We do not plan to buy more")


class ContinuePlan(TextChoices):
    CONTINUE = "continue", _("We keep using it as now")
    EXPAND = "expand", _("We use it in more places")
    REDUCE = "reduce", _("We use it less")
    STOP = "stop", _("We stop using it")


class ImprovementStatus(TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DONE = "done", _("Done")
    DECLINED = "declined", _("Declined")


class ImprovementAction(TextChoices):
    ACCEPT = "accept", _("Accept the request")
    COMPLETE = "complete", _("Mark as done")
    DECLINE = "decline", _("Decline the request")


_I, _IA = ImprovementStatus, ImprovementAction
IMPROVEMENT_EDGES: Edges = {
    _IA.ACCEPT: (frozenset({_I.OPEN}), _I.ACCEPTED),
    _IA.COMPLETE: (frozenset({_I.ACCEPTED}), _I.DONE),
    _IA.DECLINE: (frozenset({_I.OPEN, _I.ACCEPTED}), _I.DECLINED),
}


class PublicationStatus(TextChoices):
    VISIBLE = "visible", _("Shown")
    HIDDEN = "hidden", _("Hidden")


class PublicationAction(TextChoices):
    HIDE = "hide", _("Hide from the public page")
    SHOW = "show", _("Show on the public page again")


PUBLICATION_EDGES: Edges = {
    PublicationAction.HIDE: (frozenset({PublicationStatus.VISIBLE}), PublicationStatus.HIDDEN),
    PublicationAction.SHOW: (frozenset({PublicationStatus.HIDDEN}), PublicationStatus.VISIBLE),
}


class VerdictLevel(TextChoices):
    LINE = "line", _("One institution")
    PRODUCT = "product", _("Product")


class Outcome(TextChoices):
    SUCCESS = "success", _("Success")
    INSUFFICIENT = "insufficient", _("Insufficient")
    FAILURE = "failure", _("Failure")


class VerdictStatus(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Proposal rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn after appeal")
    SUPERSEDED = "superseded", _("Replaced by a later verdict")


class VerdictAction(TextChoices):
    APPROVE = "approve", _("Approve the verdict")
    REJECT = "reject", _("Reject the proposal")
    WITHDRAW = "withdraw", _("Withdraw the verdict")
    SUPERSEDE = "supersede", _("Replace the verdict")


_V, _VA = VerdictStatus, VerdictAction
VERDICT_EDGES: Edges = {
    _VA.APPROVE: (frozenset({_V.PROPOSED}), _V.APPROVED),
    _VA.REJECT: (frozenset({_V.PROPOSED}), _V.REJECTED),
    _VA.WITHDRAW: (frozenset({_V.APPROVED}), _V.WITHDRAWN),
    _VA.SUPERSEDE: (frozenset({_V.APPROVED}), _V.SUPERSEDED),
}
CURRENT_VERDICTS: Final = (VerdictStatus.PROPOSED, VerdictStatus.APPROVED)


class AppealStatus(TextChoices):
    FILED = "filed", _("Filed")
    UPHELD = "upheld", _("Upheld")
    DISMISSED = "dismissed", _("Dismissed")


class AppealAction(TextChoices):
    UPHOLD = "uphold", _("Uphold the appeal")
    DISMISS = "dismiss", _("Dismiss the appeal")


APPEAL_EDGES: Edges = {
    AppealAction.UPHOLD: (frozenset({AppealStatus.FILED}), AppealStatus.UPHELD),
    AppealAction.DISMISS: (frozenset({AppealStatus.FILED}), AppealStatus.DISMISSED),
}


class CorrectionStatus(TextChoices):
    REQUESTED = "requested", _("Plan requested")
    PLANNED = "planned", _("Plan filed")
    EVIDENCED = "evidenced", _("Evidence filed")
    CORRECTED = "corrected", _("Corrected")
    NOT_CORRECTED = "not_corrected", _("Not corrected")
    CANCELLED = "cancelled", _("Cancelled because the verdict was withdrawn")


class CorrectionAction(TextChoices):
    PLAN = "plan", _("File the corrective plan")
    EVIDENCE = "evidence", _("File the evidence")
    RETURN = "return", _("Ask for better evidence")
    CORRECT = "correct", _("Confirm the correction")
    FAIL = "fail", _("Record as not corrected")
    CANCEL = "cancel", _("Cancel")


_C, _CA = CorrectionStatus, CorrectionAction
CORRECTION_EDGES: Edges = {
    _CA.PLAN: (frozenset({_C.REQUESTED}), _C.PLANNED),
    _CA.EVIDENCE: (frozenset({_C.PLANNED}), _C.EVIDENCED),
    _CA.RETURN: (frozenset({_C.EVIDENCED}), _C.PLANNED),
    _CA.CORRECT: (frozenset({_C.EVIDENCED}), _C.CORRECTED),
    _CA.FAIL: (frozenset({_C.REQUESTED, _C.PLANNED, _C.EVIDENCED}), _C.NOT_CORRECTED),
    _CA.CANCEL: (frozenset({_C.REQUESTED, _C.PLANNED, _C.EVIDENCED}), _C.CANCELLED),
}
CLOSED_CORRECTIONS: Final = (CorrectionStatus.CORRECTED, CorrectionStatus.NOT_CORRECTED, CorrectionStatus.CANCELLED)


class TransferMethod(TextChoices):
    MANAGEMENT_TRANSFER = "management_transfer", _("Management transfer (central body)")
    FREE_TRANSFER = "free_transfer", _("Free transfer (local government or public institution)")
    RETURN = "return", _("Return to the supplier")
    REASSIGN = "reassign", _("Reassign to another institution")
    DISPOSE = "dispose", _("Dispose of it")


KEEPING_METHODS: Final = (TransferMethod.MANAGEMENT_TRANSFER, TransferMethod.FREE_TRANSFER)


class TransferStatus(TextChoices):
    PREPARED = "prepared", _("Prepared")
    REFUSED = "refused", _("Refused by the institution")
    COMPLETED = "completed", _("Completed")


class TransferAction(TextChoices):
    COMPLETE = "complete", _("Complete the transfer")
    REFUSE = "refuse", _("Refuse the transfer")
    REVISE = "revise", _("Choose another method")


_T, _TA = TransferStatus, TransferAction
TRANSFER_EDGES: Edges = {
    _TA.COMPLETE: (frozenset({_T.PREPARED}), _T.COMPLETED),
    _TA.REFUSE: (frozenset({_T.PREPARED}), _T.REFUSED),
    _TA.REVISE: (frozenset({_T.REFUSED}), _T.PREPARED),
}


class Finding(TextChoices):
    IN_USE = "in_use", _("In use")
    IDLE = "idle", _("Idle")
    RETURNED = "returned", _("Returned")
    DISPOSED = "disposed", _("Disposed of")


class PurchaseChannel(TextChoices):
    SHOPPING_MALL = "shopping_mall", _("Online shopping mall")
    DIRECT = "direct", _("Direct contract")
    BID = "bid", _("Competitive bid")


class PurchaseStatus(TextChoices):
    RECORDED = "recorded", _("Recorded, to be confirmed")
    CONFIRMED = "confirmed", pgettext_lazy("follow-up purchase", "Confirmed")
    REJECTED = "rejected", _("Not confirmed")


class PurchaseAction(TextChoices):
    CONFIRM = "confirm", _("Confirm the purchase")
    REJECT = "reject", _("Turn the record down")


PURCHASE_EDGES: Edges = {
    PurchaseAction.CONFIRM: (frozenset({PurchaseStatus.RECORDED}), PurchaseStatus.CONFIRMED),
    PurchaseAction.REJECT: (frozenset({PurchaseStatus.RECORDED}), PurchaseStatus.REJECTED),
}


class CertificateStatus(TextChoices):
    VALID = "valid", _("Valid")
    REVOKED = "revoked", _("Revoked")


class CertificateAction(TextChoices):
    REVOKE = "revoke", _("Revoke the certificate")


CERTIFICATE_EDGES: Edges = {
    CertificateAction.REVOKE: (frozenset({CertificateStatus.VALID}), CertificateStatus.REVOKED),
}


class Fact(TextChoices):
    USE_OPENED = "feedback.use_opened", _("A product was accepted and pilot use can start")
    USE_SUSPENDED = "feedback.use_suspended", _("Pilot use was suspended after a safety accident")
    USE_RESUMED = "feedback.use_resumed", _("Pilot use was resumed")
    USE_ENDED = "feedback.use_ended", _("Pilot use ended and the result report is due")
    INCIDENT_REPORTED = "feedback.incident_reported", _("An incident was reported")
    EXTENSION_REQUESTED = "feedback.extension_requested", _("An extension of pilot use was requested")
    EXTENSION_DECIDED = "feedback.extension_decided", _("An extension of pilot use was decided")
    REPORT_REMINDER = "feedback.report_reminder", _("A result report is due or overdue")
    REPORT_SUBMITTED = "feedback.report_submitted", _("A result report was submitted")
    REPORT_RETURNED = "feedback.report_returned", _("A result report was returned")
    REPORT_ACCEPTED = "feedback.report_accepted", _("A result report was accepted")
    FEEDBACK_RECEIVED = "feedback.feedback_received", _("An institution's feedback can be read")
    REPLY_RECEIVED = "feedback.reply_received", _("A supplier replied to feedback")
    VERDICT_PROPOSED = "feedback.verdict_proposed", _("A verdict waits for a second person")
    VERDICT_ANNOUNCED = "feedback.verdict_announced", _("A verdict was announced")
    APPEAL_FILED = "feedback.appeal_filed", _("A supplier appealed against a verdict")
    APPEAL_DECIDED = "feedback.appeal_decided", _("An appeal was decided")
    CORRECTION_FILED = "feedback.correction_filed", _("A supplier filed a corrective plan or evidence")
    CORRECTION_RETURNED = "feedback.correction_returned", _("Evidence of a correction was returned")
    CORRECTION_OPENED = "feedback.correction_opened", _("A corrective plan was asked for")
    CORRECTION_DECIDED = "feedback.correction_decided", _("A corrective action was decided")
    TRANSFER_REFUSED = "feedback.transfer_refused", _("An institution refused an asset transfer")
    TRANSFER_PREPARED = "feedback.transfer_prepared", _("An asset transfer waits for the institution")
    IDLE_FOUND = "feedback.idle_found", _("A field inspection found a product not in use")
    PURCHASE_DECIDED = "feedback.purchase_decided", _("A follow-up purchase record was decided")
    CERTIFICATE_ISSUED = "feedback.certificate_issued", _("A track-record certificate was issued")


# Facts that one kind of organization alone is told; everybody else needs no choice about their mail.
TOLD_ONLY = {
    "supplier": frozenset(
        {
            Fact.FEEDBACK_RECEIVED,
            Fact.APPEAL_DECIDED,
            Fact.CORRECTION_RETURNED,
            Fact.CORRECTION_OPENED,
            Fact.CORRECTION_DECIDED,
            Fact.CERTIFICATE_ISSUED,
        }
    ),
    "institution": frozenset(
        {
            Fact.USE_OPENED,
            Fact.USE_ENDED,
            Fact.REPORT_REMINDER,
            Fact.REPORT_RETURNED,
            Fact.REPORT_ACCEPTED,
            Fact.REPLY_RECEIVED,
            Fact.TRANSFER_PREPARED,
            Fact.IDLE_FOUND,
            Fact.EXTENSION_DECIDED,
        }
    ),
    "pps": frozenset(
        {
            Fact.EXTENSION_REQUESTED,
            Fact.REPORT_SUBMITTED,
            Fact.VERDICT_PROPOSED,
            Fact.APPEAL_FILED,
            Fact.CORRECTION_FILED,
            Fact.TRANSFER_REFUSED,
        }
    ),
}
