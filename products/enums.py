from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class ProductType(TextChoices):
    TYPE_1 = "type_1", _("Type 1")
    TYPE_2 = "type_2", _("Type 2")


class ProductStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    REGISTERED = "registered", _("Registered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ProductAction(TextChoices):
    REGISTER = "register", _("Register")
    WITHDRAW = "withdraw", _("Withdraw")
    RESTORE = "restore", _("Restore as a draft")


PRODUCT_FIRST = frozenset({ProductStatus.DRAFT, ProductStatus.REGISTERED})
"""A supplier starts with a draft; the official list brings products that are registered already."""

PRODUCT_EDGES: Edges = {
    ProductAction.REGISTER: (frozenset({ProductStatus.DRAFT}), ProductStatus.REGISTERED),
    ProductAction.WITHDRAW: (frozenset({ProductStatus.DRAFT, ProductStatus.REGISTERED}), ProductStatus.WITHDRAWN),
    ProductAction.RESTORE: (frozenset({ProductStatus.WITHDRAWN}), ProductStatus.DRAFT),
}


class ProductSource(TextChoices):
    PORTAL = "portal", _("Entered in the portal")
    IMPORT = "import", _("Official product list")


class PriceFlag(TextChoices):
    NONE = "", _("No remark")
    ONE_WON = "one_won", _("1 won, to be reviewed")
    TOO_HIGH = "too_high", _("Unusually high, to be reviewed")
    ZERO = "zero", _("Zero, kept as no price")
    MISSING = "missing", _("No price given")
    UNREADABLE = "unreadable", _("Unreadable, kept as no price")


class Trl(IntegerChoices):
    TRL_1 = 1, _("TRL 1: basic principles observed")
    TRL_2 = 2, _("TRL 2: concept formulated")
    TRL_3 = 3, _("TRL 3: proof of concept in the laboratory")
    TRL_4 = 4, _("TRL 4: components tested in the laboratory")
    TRL_5 = 5, _("TRL 5: components tested in a relevant environment")
    TRL_6 = 6, _("TRL 6: prototype tested in a relevant environment")
    TRL_7 = 7, _("TRL 7: prototype tested in the real environment")
    TRL_8 = 8, _("TRL 8: system complete and certified")
    TRL_9 = 9, _("TRL 9: proven in real use, mass production")


class IpKind(TextChoices):
    PATENT = "patent", _("Patent")
    UTILITY_MODEL = "utility_model", _("Utility model")
    DESIGN = "design", _("Design right")
    SOFTWARE = "software", _("Software copyright")


class IpLicence(TextChoices):
    OWNED = "owned", _("Owned")
    EXCLUSIVE = "exclusive", _("Exclusive licence")
    ORDINARY = "ordinary", _("Ordinary licence from a public research institute")


class FilePurpose(TextChoices):
    """What an uploaded file proves; the value is stored with the file."""

    IMAGE = "products.image", _("Product photo")
    DOCUMENT = "products.document", _("Brochure or data sheet")
    TRL = "products.trl", _("TRL evidence")
    PRICE = "products.price", _("Price evidence")
    APPLICATION = "products.application", _("Application document")
    SUPPLEMENT = "products.supplement", _("Supplementary document")


class ProposalRoute(TextChoices):
    SUPPLIER_PROPOSED = "supplier_proposed", _("Supplier-proposed")
    DEMAND_PROPOSED = "demand_proposed", _("Demand-proposed")
    SCOUT_RECOMMENDED = "scout_recommended", _("Scout-recommended")


class ApplicationField(TextChoices):
    INNOVATIVE_GROWTH = "innovative_growth", _("Innovative growth")
    DAILY_LIFE = "daily_life", _("Citizens' daily-life problems")
    DISASTER_SAFETY = "disaster_safety", _("Disaster and safety")


class ProductionMode(TextChoices):
    DIRECT = "direct", _("Own factory")
    CONSORTIUM = "consortium", _("Consortium with a producer")


class ApplicationStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    DOC_CHECK = "doc_check", _("Document check")
    SUPPLEMENT_REQUESTED = "supplement_requested", _("Supplement requested")
    GATE_REVIEW = "gate_review", _("Gate review")
    PANEL_ASSIGNED = "panel_assigned", _("Panel assigned")
    PANEL_SCORING = "panel_scoring", _("Panel scoring")
    SITE_INSPECTION = "site_inspection", _("Site inspection")
    COUNCIL_DELIBERATION = "council_deliberation", _("Council deliberation")
    DESIGNATED = "designated", _("Designated")
    REJECTED = "rejected", _("Not designated")
    INELIGIBLE = "ineligible", _("Ineligible")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    APPEALED = "appealed", _("Appealed")


class ApplicationAction(TextChoices):
    SUBMIT = "submit", _("Submit")
    START_CHECK = "start_check", _("Start the document check")
    REQUEST_SUPPLEMENT = "request_supplement", _("Request a supplement")
    ANSWER_SUPPLEMENT = "answer_supplement", _("Answer the request")
    CLOSE_SUPPLEMENT = "close_supplement", _("Go on without the supplement")
    PASS_CHECK = "pass_check", _("Documents are complete")
    RECORD_MINISTRY_DECISION = "record_ministry_decision", _("Record the ministry's decision")
    PASS_GATE = "pass_gate", _("Record the gate review")
    START_SCORING = "start_scoring", _("Start the panel scoring")
    PASS_SCORING = "pass_scoring", _("Record the panel scores")
    PASS_INSPECTION = "pass_inspection", _("Record the site inspection")
    DESIGNATE = "designate", _("Approve the designation")
    REJECT = "reject", pgettext_lazy("designation application", "Reject")
    DECLARE_INELIGIBLE = "declare_ineligible", _("Declare ineligible")
    WITHDRAW = "withdraw", _("Withdraw")
    APPEAL = "appeal", _("Appeal")
    UPHOLD_APPEAL = "uphold_appeal", _("Uphold the appeal")
    DISMISS_APPEAL = "dismiss_appeal", _("Dismiss the appeal")


_A = ApplicationAction
_S = ApplicationStatus

IN_REVIEW = frozenset(
    {
        _S.SUBMITTED,
        _S.DOC_CHECK,
        _S.SUPPLEMENT_REQUESTED,
        _S.GATE_REVIEW,
        _S.PANEL_ASSIGNED,
        _S.PANEL_SCORING,
        _S.SITE_INSPECTION,
        _S.COUNCIL_DELIBERATION,
    }
)
"""Somebody still has to decide: counts as the product's one open application."""

APPLICATION_EDGES: Edges = {
    _A.SUBMIT: (frozenset({_S.DRAFT}), _S.SUBMITTED),
    _A.START_CHECK: (frozenset({_S.SUBMITTED}), _S.DOC_CHECK),
    _A.REQUEST_SUPPLEMENT: (frozenset({_S.DOC_CHECK}), _S.SUPPLEMENT_REQUESTED),
    _A.ANSWER_SUPPLEMENT: (frozenset({_S.SUPPLEMENT_REQUESTED}), _S.DOC_CHECK),
    _A.CLOSE_SUPPLEMENT: (frozenset({_S.SUPPLEMENT_REQUESTED}), _S.DOC_CHECK),
    _A.PASS_CHECK: (frozenset({_S.DOC_CHECK}), _S.GATE_REVIEW),
    _A.RECORD_MINISTRY_DECISION: (frozenset({_S.DOC_CHECK}), _S.COUNCIL_DELIBERATION),
    _A.PASS_GATE: (frozenset({_S.GATE_REVIEW}), _S.PANEL_ASSIGNED),
    _A.START_SCORING: (frozenset({_S.PANEL_ASSIGNED}), _S.PANEL_SCORING),
    _A.PASS_SCORING: (frozenset({_S.PANEL_SCORING}), _S.SITE_INSPECTION),
    _A.PASS_INSPECTION: (frozenset({_S.SITE_INSPECTION}), _S.COUNCIL_DELIBERATION),
    _A.DESIGNATE: (frozenset({_S.COUNCIL_DELIBERATION}), _S.DESIGNATED),
    _A.REJECT: (
        frozenset({_S.GATE_REVIEW, _S.PANEL_SCORING, _S.SITE_INSPECTION, _S.COUNCIL_DELIBERATION}),
        _S.REJECTED,
    ),
    _A.DECLARE_INELIGIBLE: (frozenset({_S.DOC_CHECK, _S.GATE_REVIEW}), _S.INELIGIBLE),
    _A.WITHDRAW: (IN_REVIEW | {_S.DRAFT}, _S.WITHDRAWN),
    _A.APPEAL: (frozenset({_S.REJECTED, _S.INELIGIBLE}), _S.APPEALED),
    _A.UPHOLD_APPEAL: (frozenset({_S.APPEALED}), _S.DOC_CHECK),
    _A.DISMISS_APPEAL: (frozenset({_S.APPEALED}), _S.REJECTED),
}


class CriterionKind(TextChoices):
    GATE = "gate", _("Pass or fail")
    SCORE = "score", _("Points")


class DesignationStatus(TextChoices):
    DESIGNATED = "designated", _("Designated")
    SUSPENDED = "suspended", _("Suspended")
    EXTENDED_1 = "extended_1", _("Extended (first)")
    EXTENDED_2 = "extended_2", _("Extended (second)")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")
    TRANSFERRED = "transferred", _("Transferred")


class DesignationAction(TextChoices):
    EXTEND_FIRST = "extend_first", _("Extend for the first time")
    EXTEND_SECOND = "extend_second", _("Extend for the second time")
    SUSPEND = "suspend", _("Suspend")
    RESUME = "resume", _("Resume")
    RESUME_FIRST = "resume_first", _("Resume in the first extension")
    RESUME_SECOND = "resume_second", _("Resume in the second extension")
    EXPIRE = "expire", _("Expire")
    CANCEL = "cancel", _("Cancel the designation")
    TRANSFER = "transfer", _("Transfer to another company")


_D = DesignationStatus

VALID_DESIGNATIONS = frozenset({_D.DESIGNATED, _D.EXTENDED_1, _D.EXTENDED_2})
"""Within its dates, such a designation lets the product take part."""

DESIGNATION_EDGES: Edges = {
    DesignationAction.EXTEND_FIRST: (frozenset({_D.DESIGNATED}), _D.EXTENDED_1),
    DesignationAction.EXTEND_SECOND: (frozenset({_D.EXTENDED_1}), _D.EXTENDED_2),
    DesignationAction.SUSPEND: (VALID_DESIGNATIONS, _D.SUSPENDED),
    DesignationAction.RESUME: (frozenset({_D.SUSPENDED}), _D.DESIGNATED),
    DesignationAction.RESUME_FIRST: (frozenset({_D.SUSPENDED}), _D.EXTENDED_1),
    DesignationAction.RESUME_SECOND: (frozenset({_D.SUSPENDED}), _D.EXTENDED_2),
    DesignationAction.EXPIRE: (VALID_DESIGNATIONS | {_D.SUSPENDED}, _D.EXPIRED),
    DesignationAction.CANCEL: (VALID_DESIGNATIONS | {_D.SUSPENDED}, _D.CANCELLED),
    DesignationAction.TRANSFER: (VALID_DESIGNATIONS, _D.TRANSFERRED),
}


class ValiditySource(TextChoices):
    RECORDED = "recorded", _("Recorded")
    ESTIMATED = "estimated", _("Estimated from the certificate number")


class ImportOutcome(TextChoices):
    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    REJECTED = "rejected", pgettext_lazy("imported row", "Rejected")


class ImportRemark(TextChoices):
    """What the import says about a row; the labels take the remark's parameters."""

    ADDRESS_REPEATED = "address_repeated", _("Address: a repetition was removed.")
    UNIT_GUESSED = "unit_guessed", _("Unit: “%(given)s” was replaced by “%(unit)s” from the order terms.")
    UNIT_UNKNOWN = "unit_unknown", _("Unit: “%(given)s” is no unit and was left empty.")
    TERMS_EXAMPLE = "terms_example", _("Order terms: the example of the form was left in.")
    PRICE_MISSING = "price_missing", _("Price: missing, kept as no price.")
    PRICE_UNREADABLE = "price_unreadable", _("Price: “%(given)s” cannot be a price, kept as no price.")
    PRICE_ZERO = "price_zero", _("Price: 0 won, kept as no price.")
    PRICE_ONE_WON = "price_one_won", _("Price: 1 won, marked for review.")
    PRICE_TOO_HIGH = "price_too_high", _("Price: %(amount)s won is unusually high, marked for review.")
    NAME_TABS = "name_tabs", _("Goods name: tabs were removed.")
    BUSINESS_NO_CHECK = (
        "business_no_check",
        _("Business number %(given)s: the check digit is wrong; the number was kept as it is."),
    )
    BUSINESS_NO_TAKEN = (
        "business_no_taken",
        _("The company %(company)s has this business number already; the row was added to it."),
    )
    BUSINESS_NO_DIFFERS = (
        "business_no_differs",
        _("Business number %(given)s differs from the stored %(stored)s, which was kept."),
    )
    PROVINCE_UNKNOWN = "province_unknown", _("Address: it does not begin with a province.")
    VALIDITY_ESTIMATED = (
        "validity_estimated",
        _("Validity %(valid_from)s to %(valid_until)s was estimated from the certificate number."),
    )
    GOODS_TWICE = "goods_twice", _("The same goods are in row %(row)s already.")
    CELL_EMPTY = "cell_empty", _("%(column)s is empty.")
    CERTIFICATE_SHAPE = (
        "certificate_shape",
        _("Certificate number “%(given)s”: a year and a number such as 2024-270 are needed."),
    )
    TYPE_UNKNOWN = "type_unknown", _("Designation type “%(given)s” is not known.")
    DIGITS_NEEDED = "digits_needed", _("%(column)s “%(given)s”: %(count)s digits are needed.")
    FORMULA_UNSAVED = (
        "formula_unsaved",
        _("%(column)s is a formula without a saved value. Open the file in Excel, save it and import it again."),
    )
    CELL_TOO_LONG = "cell_too_long", _("%(column)s is longer than %(limit)s characters.")
    TYPE_DIFFERS = (
        "type_differs",
        _("Certificate %(certificate_no)s is of another type in an earlier row."),
    )
    COMPANY_DIFFERS = (
        "company_differs",
        _("The company is called %(stored)s in the portal and %(given)s in the list; the portal's name was kept."),
    )
    NOT_A_SUPPLIER = "not_a_supplier", _("The business number belongs to an organization that is no supplier.")
    NOT_STORED = "not_stored", _("The database refused the row: %(reason)s")


class Fact(TextChoices):
    """What the portal tells people about products and designations."""

    APPLICATION_SUBMITTED = "products.application_submitted", _("A designation application was submitted")
    SUPPLEMENT_REQUESTED = "products.supplement_requested", _("A supplement to an application was requested")
    SUPPLEMENT_ANSWERED = "products.supplement_answered", _("A request for a supplement was answered")
    APPLICATION_MOVED = "products.application_moved", _("A designation application reached its next stage")
    APPLICATION_DECIDED = "products.application_decided", _("A designation application was decided")
    DESIGNATION_CHANGED = "products.designation_changed", _("A designation was changed")


# Facts that one kind of organization alone is told; everybody else needs no choice about their mail.
TOLD_ONLY = {
    "supplier": frozenset(
        {Fact.SUPPLEMENT_REQUESTED, Fact.APPLICATION_MOVED, Fact.APPLICATION_DECIDED, Fact.DESIGNATION_CHANGED}
    ),
    "pps": frozenset({Fact.APPLICATION_SUBMITTED, Fact.SUPPLEMENT_ANSWERED}),
}
