from typing import Any

from accounts.enums import PpsRole
from accounts.perms import has_pps_role

# Who writes to the public: the desks whose work the notices announce.
WRITERS = (PpsRole.DESIGNATION, PpsRole.REVIEWER, PpsRole.MATCHER)


def may_write_notices(actor: Any) -> bool:
    """PPS desks that call for designation, plans and applications."""
    return has_pps_role(actor, *WRITERS)


def may_move_notice(actor: Any, notice: Any) -> bool:
    """The same desks publish and cancel."""
    return may_write_notices(actor)
