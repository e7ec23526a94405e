from core.workflow import Rule, Workflow
from market.enums import NOTICE_EDGES, NoticeAction
from market.perms import may_move_notice

NOTICE_WORKFLOW = Workflow(
    "market.Notice",
    NOTICE_EDGES,
    {
        NoticeAction.PUBLISH: Rule(may_move_notice, system=True),
        NoticeAction.CANCEL: Rule(may_move_notice, system=True),
    },
)
