from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class NoticeKind(models.TextChoices):
    """The kinds of the real site; see docs/programme.md, notices."""

    DESIGNATION_CALL = "designation_call", _("Call for designation")
    EXTENSION_CALL = "extension_call", _("Call for extension of designation")
    DEMAND_TASK_CALL = "demand_task_call", _("Call for demand tasks")
    NEIGHBORHOOD_CALL = "neighborhood_call", _("Our Neighborhood call")
    PILOT_PLAN = "pilot_plan", _("Call for pilot-use plans")
    PILOT_DEMAND_SURVEY = "pilot_demand_survey", _("Demand survey")
    LEASE_DEMAND_SURVEY = "lease_demand_survey", _("Lease demand survey")
    MATCH_RESULT = "match_result", _("Matching result")
    OVERSEAS_CALL = "overseas_call", _("Overseas call")
    OVERSEAS_RESULT = "overseas_result", _("Overseas result")
    SUPPORT_CALL = "support_call", _("Support call")
    SCHEDULE = "schedule", _("Yearly schedule")
    GENERAL = "general", _("General notice")


class NoticeStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("notice", "Draft")
    PUBLISHED = "published", pgettext_lazy("notice", "Published")
    CANCELLED = "cancelled", pgettext_lazy("notice", "Cancelled")


class NoticeAction(models.TextChoices):
    PUBLISH = "publish", _("Publish notice")
    CANCEL = "cancel", _("Cancel notice")


NOTICE_EDGES: Edges = {
    NoticeAction.PUBLISH: (frozenset({NoticeStatus.DRAFT}), NoticeStatus.PUBLISHED),
    NoticeAction.CANCEL: (frozenset({NoticeStatus.PUBLISHED}), NoticeStatus.CANCELLED),
}


class VersionKind(models.TextChoices):
    ORIGINAL = "original", _("Original notice")
    CORRECTION = "correction", _("Correction")
    EXTENSION = "extension", _("Extension")
    CANCELLATION = "cancellation", _("Cancellation")
    RE_NOTICE = "re_notice", _("Re-notice")


class Window(models.TextChoices):
    """Where a published notice stands in time; computed from its dates, never stored."""

    SCHEDULED = "scheduled", _("Opens soon")
    OPEN = "open", pgettext_lazy("notice", "Open")
    CLOSING_SOON = "closing_soon", _("Closes soon")
    CLOSED = "closed", pgettext_lazy("notice", "Closed")
    CANCELLED = "cancelled", pgettext_lazy("notice", "Cancelled")
    INFORMATION = "information", _("Information")
