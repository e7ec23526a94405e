"""What is kept between the steps of a run, as bytes: whole-number arrays in a zip (numpy's npz, without pickle) and a
JSON head with the numbers that may outgrow 64 bits.

Reading back gives exactly what was written. A payload of another version of the engine is refused, so that one run is
never the work of two versions.
"""

import io
import json
import zipfile
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.engine.certificate import Certificate
from matching.engine.instance import Whole
from matching.engine.presolve import Problem
from matching.engine.prices import Prices
from matching.engine.result import NAME, VERSION
from matching.engine.shards import Task
from matching.engine.steps import Known

Arrays = dict[str, npt.NDArray[Any]]
ENGINE = f"{NAME} {VERSION}"
SIMPLE = ("step", "solver_bound", "turn", "turns", "block_count", "gains")


class ForeignPayload(Exception):
    """The bytes are not what this version of the engine wrote."""


def pack_known(known: Known) -> bytes:
    arrays: Arrays = {"order": known.order, "award": known.award, "content": _as_array(known.content)}
    head: dict[str, Any] = {name: getattr(known, name) for name in SIMPLE}
    head["prices"] = [_put(prices, f"prices{place}", arrays) for place, prices in enumerate(known.prices)]
    head["certificate"] = None
    if known.certificate is not None:
        certificate = known.certificate
        head["certificate"] = {
            "prices": _put(certificate.prices, "certificate", arrays),
            "bound": certificate.bound,
            "priced": certificate.priced,
        }
    return _packed(head, arrays)


def unpack_known(content: bytes) -> Known:
    head, arrays = _unpacked(content)
    certificate = None
    if head["certificate"] is not None:
        saved = head["certificate"]
        prices = Prices(**_fields(saved["prices"], "certificate", arrays))
        certificate = Certificate(prices, saved["bound"], tuple(saved["priced"]))
    return Known(
        **{name: head[name] for name in SIMPLE},
        prices=[Prices(**_fields(numbers, f"prices{place}", arrays)) for place, numbers in enumerate(head["prices"])],
        order=arrays["order"],
        award=arrays["award"],
        certificate=certificate,
        content=arrays["content"].tobytes(),
    )


def pack_task(task: Task) -> bytes:
    arrays: Arrays = {"award": task.award, "order": task.order}
    return _packed({"problem": _put(task.problem, "problem", arrays)}, arrays)


def unpack_task(content: bytes) -> Task:
    head, arrays = _unpacked(content)
    return Task(Problem(**_fields(head["problem"], "problem", arrays)), arrays["award"], arrays["order"])


def pack_award(award: Whole) -> bytes:
    return _packed({}, {"award": award})


def unpack_award(content: bytes) -> Whole:
    award: Whole = _unpacked(content)[1]["award"]
    return award


def _put(value: Problem | Prices, prefix: str, arrays: Arrays) -> dict[str, int]:
    """Add the columns of a dataclass to the arrays; its single numbers are returned for the head."""
    numbers = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if isinstance(part, np.ndarray):
            arrays[f"{prefix}.{field.name}"] = part
        else:
            numbers[field.name] = int(part)
    return numbers


def _fields(numbers: dict[str, int], prefix: str, arrays: Arrays) -> dict[str, Any]:
    start = f"{prefix}."
    columns = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
    return {**numbers, **columns}


def _as_array(content: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)


def _packed(head: dict[str, Any], arrays: Arrays) -> bytes:
    text = json.dumps({"engine": ENGINE, **head}, sort_keys=True).encode()
    target = io.BytesIO()
    np.savez_compressed(target, allow_pickle=False, head=_as_array(text), **arrays)
    return target.getvalue()


def _unpacked(content: bytes) -> tuple[dict[str, Any], Arrays]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as saved:
            arrays: Arrays = {name: saved[name] for name in saved.files}
        head: dict[str, Any] = json.loads(arrays.pop("head").tobytes())
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ForeignPayload(str(error)) from error
    if head.pop("engine", None) != ENGINE:
        raise ForeignPayload(f"the payload is not of {ENGINE}")
    return head, arrays
