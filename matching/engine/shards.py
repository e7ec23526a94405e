"""Blocks: small mixed-integer programs over parts of a round, solved apart from each other.

The contested applications (priced profit near zero, granted in part, or granted against their price) are cut into blocks of
neighbours: by institution in even rounds, by product in odd ones. Each block may use what its own applications hold plus an
equal whole share of every limit's slack:
    room of a block at a limit = what it holds + floor(slack / number of blocks that touch the limit)
so that any mixture of old and new blocks keeps every limit, whatever the order and the number of workers. Only
`min_institutions` could break in a merge: products close to it stay as they are, and a merge that breaks one is taken back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.award import fill
from matching.engine.certificate import SAFE
from matching.engine.instance import Flags, Whole
from matching.engine.milp import best_award, program
from matching.engine.presolve import Problem, objective_of
from matching.engine.prices import Prices, density
from matching.engine.repair import repair
from matching.engine.room import Room, summed

BLOCK = 250
NODES = 20
GAP = 2e-4


@dataclass(frozen=True, slots=True)
class Task:
    """One block: its problem, its present award, and where it stands in the whole."""

    members: Whole
    problem: Problem
    award: Whole
    order: Whole
    nodes: int
    gap: float


def contested(problem: Problem, prices: Prices, award: Whole, share: float) -> Whole:
    """Applications whose grant is least certain at these prices."""
    worth = density(problem, prices)
    doubt = np.abs(np.log(np.maximum(worth, 1e-9)))
    limit = np.quantile(doubt, share) if problem.size else 0.0
    against = (award > 0) != (worth > 1.0)
    partly = (award > 0) & (award < problem.most)
    return np.flatnonzero((doubt <= limit) | against | partly)


def blocks_of(problem: Problem, chosen: Whole, *, by_institution: bool, size: int = BLOCK, rot=0) -> list[Whole]:
    """Cut into blocks of about `size`, never through an institution (or a product)."""
    owner = problem.institution if by_institution else problem.product
    owner=((owner+1)*2654435761*(2*rot+1))%4294967291
    chosen = chosen[np.lexsort((chosen, owner[chosen]))]
    owners = owner[chosen]
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(chosen) else np.array([], np.int64)
    cuts, last = [], 0
    for start in starts.tolist():
        if start - last >= size:
            cuts.append(start)
            last = start
    return [np.sort(block) for block in np.split(chosen, cuts)]


def solve_block(task: Task) -> Whole:
    """The award of a block after HiGHS and repair; the present one where that is not better."""
    shortfall = Room(task.problem, task.award).shortfall()
    model = program(task.problem, shortfall)
    proposal = best_award(model, task.award, gap=task.gap, nodes=task.nodes)
    if proposal.point is None:
        return task.award
    found = repair(task.problem, model.units_of(proposal.point), task.order)
    better = objective_of(task.problem, found) > objective_of(task.problem, task.award)
    return found if better and Room(task.problem, found).shortfall() <= shortfall else task.award


class Split:
    """One round of blocks over an award."""

    def __init__(self, problem: Problem, award: Whole, blocks: list[Whole], rot=0) -> None:
        self.problem, self.award, self.blocks = problem, award, blocks
        self.room = Room(problem, award)
        self.rot=rot
        self.turn_p=[];self.turn_i=[]
        cp=np.zeros(len(problem.product_units),np.int64);ci=np.zeros(len(problem.institution_krw),np.int64)
        for m in blocks:
            u=np.unique(problem.product[m]); self.turn_p.append(cp[u].copy()); cp[u]+=1
            u=np.unique(problem.institution[m]); self.turn_i.append(ci[u].copy()); ci[u]+=1
        self.touching_products = _touching(problem.product, blocks, len(problem.product_units))
        self.touching_institutions = _touching(problem.institution, blocks, len(problem.institution_krw))

    def tasks(self, rank: Whole, nodes: int, gap: float) -> Iterable[Task]:
        for number, members in enumerate(self.blocks):
            own = self.award[members]
            problem = self._part(members, own, number)
            yield Task(members, problem, own, np.argsort(rank[members], kind="stable"), nodes, gap)

    def _part(self, members: Whole, own: Whole, number) -> Problem:
        """The block as a problem of its own, with its products and institutions numbered from 0."""
        whole, room, blocks = self.problem, self.room, len(self.blocks)
        products, product = np.unique(whole.product[members], return_inverse=True)
        institutions, institution = np.unique(whole.institution[members], return_inverse=True)
        won = whole.price[members] * own
        held = (own > 0).astype(np.int64)
        tracks, youth = room.shortfalls()
        spent = summed(whole.track[members], won, len(whole.track_ceiling))
        young = int(won[whole.youth[members]].sum())
        products_blocks, institutions_blocks = self.touching_products[products], self.touching_institutions[institutions]

        turn_p, turn_i = self.turn_p[number], self.turn_i[number]
        def part(left: list[int], indices: Whole, sharing: Whole, used: Whole) -> Whole:
            l=np.array([left[index] for index in indices.tolist()], np.int64)
            tt=(turn_p if sharing is products_blocks else turn_i)
            return l // sharing + used + ((tt+self.rot)%sharing < l%sharing)

        track_left = np.array(room.track, np.int64) // blocks
        # A floor that is met may lose its share of what is above it; one that is missed may lose nothing.
        over = np.array([max(0, -missing) for missing in room.track_missing], np.int64) // blocks
        served = np.array([room.served[index] for index in products.tolist()], np.int64)
        needs = whole.product_needs[products]
        others = served - summed(product, held, len(products))
        return replace(
            whole.only(members),
            product=product,
            institution=institution,
            budget=int(won.sum()) + room.budget // blocks,
            track_ceiling=spent + track_left,
            track_floor=np.maximum(0, spent - over),
            youth_floor=max(0, young - max(0, -room.youth_missing) // blocks),
            product_units=part(room.product_units, products, products_blocks, summed(product, own, len(products))),
            product_seats=part(room.product_seats, products, products_blocks, summed(product, held, len(products))),
            # Where others serve the product too, this block must not take them below the least number.
            product_needs=np.where(others > 0, 1, needs),
            institution_krw=part(
                room.institution_krw, institutions, institutions_blocks, summed(institution, won, len(institutions))
            ),
            institution_seats=part(
                room.institution_seats, institutions, institutions_blocks, summed(institution, held, len(institutions))
            ),
        )

    def merged(self, awards: Iterable[Whole]) -> Whole:
        """Put the blocks' awards together; blocks that leave a product with too few institutions are taken back."""
        merged = self.award.copy()
        for members, award in zip(self.blocks, awards, strict=True):
            merged[members] = award
        while True:
            short = Room(self.problem, merged).short_products()
            if not short:
                return merged
            hit = np.isin(self.problem.product, np.array(short))
            for members in self.blocks:
                if hit[members].any():
                    merged[members] = self.award[members]


def _touching(owner: Whole, blocks: list[Whole], count: int) -> Whole:
    touching = np.zeros(count, np.int64)
    for members in blocks:
        touching[np.unique(owner[members])] += 1
    return np.maximum(touching, 1)


def fragile(problem: Problem, award: Whole) -> Flags:
    """Grants of products that serve hardly more institutions than they must: a merge could break them."""
    served = np.bincount(problem.product[award > 0], minlength=len(problem.product_units))
    tender = (problem.product_needs >= 2) & (served > 0) & (served <= problem.product_needs + 2)
    return tender[problem.product] & (award > 0)
