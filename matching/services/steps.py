"""What is kept between the steps of a run: rows that say where it is, with the engine's state in the latest one."""

import logging
from datetime import datetime

from matching.engine.payload import ForeignPayload, pack_known, unpack_known
from matching.engine.steps import DONE, Known
from matching.enums import RunStage
from matching.models import MatchingRun, RunBlock, RunStep

log = logging.getLogger(__name__)


def known_of(*, run: MatchingRun) -> Known:
    """Where the run is. State that another version of the engine wrote is dropped: the run begins again."""
    payload = RunStep.objects.filter(run=run, payload__isnull=False).values_list("payload", flat=True).first()
    if payload is None:
        return Known()
    try:
        return unpack_known(bytes(payload))
    except ForeignPayload as error:
        log.warning("run %s begins again: %s", run.pk, error)
        forget_steps(run=run)
        return Known()


def forget_steps(*, run: MatchingRun) -> None:
    """Back to the beginning, under the run's row lock."""
    RunBlock.objects.filter(run=run).delete()
    RunStep.objects.filter(run=run).delete()


def stage_of(*, known: Known) -> str:
    """The name under which the next step is listed; after the engine's last step comes the audit."""
    return RunStage.AUDIT if known.step == DONE else known.step


def begin_step(*, run: MatchingRun, known: Known, worker: str, now: datetime) -> RunStep:
    """Note that a worker takes the next step, for the first time or again."""
    step = RunStep.objects.filter(run=run, ended_at=None).first()
    if step is None:
        sequence = RunStep.objects.filter(run=run).count() + 1
        step = RunStep(run=run, sequence=sequence, name=stage_of(known=known))
    step.worker, step.began_at = worker, now
    step.attempt_count += 1
    step.save()
    return step


def end_step(*, run: MatchingRun, known: Known | None, now: datetime) -> None:
    """The step is done; what the engine knows now takes the place of what it knew before."""
    payload = None if known is None else pack_known(known)
    RunStep.objects.filter(run=run, payload__isnull=False).update(payload=None)
    RunStep.objects.filter(run=run, ended_at=None).update(ended_at=now, payload=payload)
