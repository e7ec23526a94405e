from market.services.announcements import (
    announce_annual_plan,
    announce_call,
    announce_cancellation,
    announce_intake,
    announce_removal,
    announce_reschedule,
    announce_result,
    announce_selection,
    announce_survey,
)
from market.services.notices import NoticeText, amend_notice, cancel_notice, draft_notice, publish_notice

__all__ = [
    "NoticeText",
    "amend_notice",
    "announce_annual_plan",
    "announce_call",
    "announce_cancellation",
    "announce_intake",
    "announce_removal",
    "announce_reschedule",
    "announce_result",
    "announce_selection",
    "announce_survey",
    "cancel_notice",
    "draft_notice",
    "publish_notice",
]
