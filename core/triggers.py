"""Database triggers shared by every append-only table."""

import pgtrigger

_REFUSAL = "RAISE EXCEPTION 'append-only: rows of % are never changed', TG_TABLE_NAME;"


def append_only(prefix: str) -> list[pgtrigger.Trigger]:
    """Refuse update, delete and truncate on the model's table; ``prefix`` starts the trigger names."""
    return [
        pgtrigger.Trigger(
            name=f"{prefix}_no_update", when=pgtrigger.Before, operation=pgtrigger.Update, func=_REFUSAL
        ),
        pgtrigger.Trigger(
            name=f"{prefix}_no_delete", when=pgtrigger.Before, operation=pgtrigger.Delete, func=_REFUSAL
        ),
        pgtrigger.Trigger(
            name=f"{prefix}_no_truncate",
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            func=_REFUSAL,
        ),
    ]
