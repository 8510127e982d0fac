"""The same figures counted in plain Python from the cases, to be held against the SQL."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from appeals.domain.calendar import Calendar, city_day
from appeals.domain.case import Case, DispatchFacts, RoundFacts
from appeals.domain.clocks import has_passed
from appeals.domain.states import Action
from appeals.domain.vocabulary import DispatchEnd, Duty, Kind
from appeals.models.appeal import Appeal, Move
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.count_window import CountWindow

Figures = dict[Cell, tuple[int, int]]


@dataclass
class RecountRow:
    """One row that a measure is over: its dimensions, whether it counts, its span."""

    keys: dict[str, str | None]
    variant: str
    measure: str
    met: bool
    span: int = 0


def recount(
    cases: Iterable[tuple[Appeal, Case]], window: CountWindow, calendar: Calendar
) -> Figures:
    """Give every figure of the window."""
    cells: dict[Cell, list[RecountRow]] = defaultdict(list)
    for measure in COLUMNS:
        for variant, _ in measure.variants:
            if "city" in measure.by:
                cells[Cell(CITY, CITY, measure.base, variant, measure.name)] = []
    base: dict[str, str] = {measure.name: measure.base for measure in COLUMNS}
    by: dict[str, tuple[Breakdown, ...]] = {measure.name: measure.by for measure in COLUMNS}
    for appeal, case in cases:
        for seen in Recount(appeal, case, window, calendar).rows():
            for name, key in seen.keys.items():
                if key is not None and name in by[seen.measure]:
                    cell = Cell(
                        Breakdown(name), key, base[seen.measure], seen.variant, seen.measure
                    )
                    cells[cell].append(seen)
    return {cell: _numbers(cell.measure, seen) for cell, seen in cells.items()}


def _numbers(measure: str, seen: list[RecountRow]) -> tuple[int, int]:
    spans = [each.span for each in seen]
    if measure.endswith("_mean"):
        return sum(spans), len(spans)
    if measure.endswith("_median"):
        return math.floor(statistics.median(spans)) if spans else 0, len(spans)
    return sum(each.met for each in seen), len(seen)


def undo_reversals(case: Case, cut_off: datetime) -> Case:
    """Put back what was taken back after the cut-off, the last reversal first (Rules 3)."""
    rounds = {each.n: each for each in case.rounds}
    for each in reversed(case.reversals):
        if each.reversed_at > cut_off:
            case = replace(
                case,
                not_accepted_at=each.not_accepted_at,
                answered_on_spot_at=each.answered_on_spot_at,
            )
            rounds[each.round_n] = replace(
                rounds[each.round_n],
                answered_at=each.answered_at,
                closed_at=each.closed_at,
                tried_at=each.tried_at,
                reached_at=each.reached_at,
            )
    return replace(case, rounds=list(rounds.values()))


class Recount:
    """One appeal as of the cut-off."""

    def __init__(self, appeal: Appeal, case: Case, window: CountWindow, calendar: Calendar) -> None:
        """Keep what is there at the cut-off."""
        case = undo_reversals(case, window.cut_off)
        self.appeal, self.case, self.window, self.calendar = appeal, case, window, calendar
        self.rounds = [r for r in case.rounds if r.opened_at <= window.cut_off]
        self.sent = [d for d in case.dispatches if d.sent_at <= window.cut_off]
        self.on_spot = self.known(case.answered_on_spot_at)
        self.withdrawn = self.known(case.withdrawn_at)

    def known(self, stamp: datetime | None) -> datetime | None:
        return stamp if stamp and stamp <= self.window.cut_off else None

    def inside(self, stamp: datetime | None) -> bool:
        known = self.known(stamp)
        return bool(known) and self.within(known)

    def within(self, moment: datetime | None) -> bool:
        return moment is not None and (self.window.period.start <= moment < self.window.period.end)

    def keys(self, department: str | None) -> dict[str, str | None]:
        later = [a for a in self.case.amendments if a.amended_at > self.window.cut_off]
        stood = later[0] if later else self.case
        return {
            "city": "city",
            "department": department,
            "district": stood.district,
            "street": stood.street,
            "category": stood.category,
            "kind": stood.kind.value,
            "channel": self.appeal.channel.value,
        }

    def holder(self, sent: list[DispatchFacts]) -> str:
        if not sent:
            return "centre"
        gone = self.known(sent[-1].ended_at) and sent[-1].how_ended is not DispatchEnd.ANSWERED
        return "centre" if gone else sent[-1].department

    def rows(self) -> Iterator[RecountRow]:
        if self.case.filed_at > self.window.cut_off:
            return
        yield from self.of_appeal()
        for reversal in self.case.reversals:
            if self.inside(reversal.reversed_at):
                yield RecountRow(self.keys(None), "all", "reversed", met=True)
        yield from self.of_asking()
        for each in self.rounds:
            yield from self.of_round(each)
        for dispatch in self.sent:
            yield from self.of_dispatch(dispatch)

    def of_asking(self) -> Iterator[RecountRow]:
        """Give its urgings, by who had it then, and enquiries, by the channel of each (Rules 8)."""
        session = object_session(self.appeal)
        assert session
        moves = session.scalars(sa.select(Move).where(Move.appeal_id == self.appeal.id))
        for move in moves:
            if not self.inside(move.at):
                continue
            if move.action is Action.URGE:
                *_, last = (d.department for d in self.sent if d.sent_at <= move.at)
                yield RecountRow(self.keys(last), "all", "urged", met=True)
            elif move.action is Action.ENQUIRE:
                keys = self.keys(None) | {"channel": move.facts["channel"]}
                yield RecountRow(keys, "all", "enquired", met=True)

    def of_appeal(self) -> Iterator[RecountRow]:
        keys = self.keys(self.holder(self.sent))
        if self.on_spot:
            keys |= {"department": None, "district": None, "street": None}
        dispatched = self.known(self.case.rounds[0].first_dispatched_at)
        refused = self.known(self.case.not_accepted_at)
        early = self.withdrawn and (dispatched is None or self.withdrawn < dispatched)
        valid = not refused and not early
        done = bool(self.on_spot or self.withdrawn) or all(
            self.known(r.closed_at) for r in self.rounds
        )
        if self.inside(self.case.accepted_at):
            yield RecountRow(keys, "all", "accepted", met=True)
            yield RecountRow(keys, "all", "answered_on_spot", met=bool(self.on_spot))
        if not self.inside(self.case.filed_at):
            return
        for name, holds in {
            "filed": True,
            "valid": valid,
            "not_accepted": refused,
            "withdrawn": self.withdrawn,
            "withdrawn_after_dispatch": valid and self.withdrawn,
        }.items():
            if holds:
                yield RecountRow(keys, "all", name, met=True)
        yield RecountRow({"day": str(city_day(self.case.filed_at))}, "all", "filed_daily", met=True)
        if valid:
            yield RecountRow(keys, "all", "completion", met=done)
            if dispatched:
                yield RecountRow(keys, "dispatched", "completion", met=done)

    def of_round(self, r: RoundFacts) -> Iterator[RecountRow]:
        keys = self.keys(self.holder([d for d in self.sent if d.round_n == r.n]))
        if r.n == 1:
            yield from self.of_due(r, keys)
        if self.known(r.first_dispatched_at):
            yield from self.of_load(r, keys)
        if self.inside(r.first_dispatched_at):
            yield RecountRow(keys, "all", "dispatched", met=True)
            yield RecountRow(keys, "all", "extended", met=bool(self.known(r.extension_granted_at)))
            yield RecountRow(keys, "all", "rehandled", met=r.n > 1)
        yield from self.of_filed(r)
        if self.inside(r.closed_at):
            yield from self.of_closed(r, keys)
            if due := self.due(r):
                met = r.answered_at is not None and not has_passed(due, r.answered_at)
                yield RecountRow(keys, "all", "closed_in_time", met=met)
                if met and r.answered_at:
                    close = r.answered_at > due - timedelta(hours=1)
                    yield RecountRow(keys, "all", "last_hour", met=close)

    def of_load(self, r: RoundFacts, keys: dict[str, str | None]) -> Iterator[RecountRow]:
        period, due = self.window.period, self.due(r)
        finished = self.known(r.closed_at) or self.withdrawn
        first = r.first_dispatched_at
        assert first
        if first < period.start and (finished is None or finished >= period.start):
            yield RecountRow(keys, "all", "carried_in", met=True)
        if finished and self.within(finished):
            yield RecountRow(keys, "all", "finished", met=True)
        if finished is None or finished >= period.end:
            if first < period.end:
                yield RecountRow(keys, "all", "carried_out", met=True)
            late = due and due < period.end and has_passed(due, self.window.cut_off)
            if due and late and not self.answered_by(r, due):
                yield RecountRow(keys, "all", "overdue", met=True)

    def answered_by(self, r: RoundFacts, due: datetime) -> bool:
        """Whether an answer was given by due that was accepted, or awaits review at the cut-off."""
        cut_off = self.window.cut_off
        reversals = {each.reversed_at: each.answered_at for each in self.case.reversals}
        given = [r.answered_at if self.known(r.closed_at) else self.known(r.answer_given_at)]
        given += [
            reversals.get(d.started_at, d.started_at)
            for d in self.case.deadlines
            if d.duty is Duty.REVIEW and d.round_n == r.n and d.started_at <= cut_off
            if (end := d.met_at or d.ended_at) and end > cut_off
        ]
        return any(each and not has_passed(due, each) for each in given)

    def of_filed(self, r: RoundFacts) -> Iterator[RecountRow]:
        said = [x for x in self.case.ratings if x.round_n == r.n and self.known(x.rated_at)]
        last = r is self.rounds[-1] and self.inside(self.case.filed_at)
        if last and self.known(r.closed_at) and said and said[-1].satisfaction:
            met = int(said[-1].satisfaction.value) >= 3
            yield RecountRow({"city": "city"}, "all", "satisfaction_of_filed", met=met)

    def of_due(self, r: RoundFacts, keys: dict[str, str | None]) -> Iterator[RecountRow]:
        if not self.known(r.first_dispatched_at) or r.original_due_at is None:
            return
        cut_off, period, due = self.window.cut_off, self.window.period, self.due(r)
        if due is None:
            return
        closed = self.known(r.closed_at)
        finished = closed or self.withdrawn
        met = r.answered_at if closed else self.withdrawn
        open_then = finished is None or finished >= period.start
        if due <= cut_off and (self.within(due) or (due < period.start and open_then)):
            in_time = finished is not None and finished < period.end
            yield RecountRow(keys, "all", "completion_of_due", met=in_time)
        for name, moment in (("on_time", due), ("on_time_original", r.original_due_at)):
            if self.within(moment) and moment <= cut_off:
                yield RecountRow(
                    keys, "all", name, met=met is not None and not has_passed(moment, met)
                )

    def due(self, r: RoundFacts) -> datetime | None:
        if self.known(r.closed_at) and r.answered_at is None:
            return None
        extended = r.extended_due_at if self.known(r.extension_granted_at) else None
        return extended or r.original_due_at

    def of_closed(self, r: RoundFacts, keys: dict[str, str | None]) -> Iterator[RecountRow]:
        yield RecountRow(keys, "all", "closed", met=True)
        assert r.closed_at
        name = "closed_daily" if r.answered_at else "closed_untimed"
        yield RecountRow({**keys, "day": str(city_day(r.closed_at))}, "all", name, met=True)
        tried, reached = bool(self.known(r.tried_at)), bool(self.known(r.reached_at))
        yield RecountRow(keys, "all", "followed_up", met=tried)
        if tried:
            yield RecountRow(keys, "all", "reached", met=reached)
        if r.answered_at:
            span = math.floor((r.answered_at - r.opened_at).total_seconds())
            yield RecountRow({"days": f"{min(span // 86400, 15):02}"}, "all", "answered", met=True)
            yield RecountRow(keys, "all", "days_to_answer_mean", met=True, span=span)
            yield RecountRow(keys, "all", "days_to_answer_median", met=True, span=span)
            days = map(city_day, (r.opened_at, r.answered_at))
            span = 86400 * self.calendar.working_days_between(*days)
            yield RecountRow(keys, "all", "working_days_mean", met=True, span=span)
            yield RecountRow(keys, "all", "working_days_median", met=True, span=span)
        said = [x for x in self.case.ratings if x.round_n == r.n and self.known(x.rated_at)]
        if not said:
            return
        last, rating = r is self.rounds[-1], said[-1]
        if last and rating.solved and keys["kind"] != Kind.CONSULTATION:
            yield RecountRow(keys, "all", "resolution", met=rating.solved == "yes")
        if rating.satisfaction:
            stars = int(rating.satisfaction.value)
            for variant, holds in (("all", last), ("first_round", r.n == 1)):
                if holds:
                    yield RecountRow(keys, variant, "satisfaction", met=stars >= 3)
                    yield RecountRow(keys, variant, "satisfaction_strict", met=stars >= 4)

    def ended_early(self, d: DispatchFacts, met: datetime | None, due: datetime) -> bool:
        """Tell whether it was recalled before this was due and was met (Rules 4)."""
        ended = self.known(d.ended_at)
        if ended is None or d.how_ended is not DispatchEnd.RECALLED:
            return False
        return not has_passed(due, ended) and (met is None or met > ended)

    def of_dispatch(self, d: DispatchFacts) -> Iterator[RecountRow]:
        if not self.inside(d.sent_at):
            return
        keys = self.keys(d.department)
        for name, stamp, due in (
            ("signed_in_time", d.signed_at, d.sign_due_at),
            ("contacted_in_time", d.contacted_at, self.contact_due(d)),
        ):
            if due and not self.ended_early(d, stamp, due):
                done = self.known(stamp)
                yield RecountRow(
                    keys, "all", name, met=done is not None and not has_passed(due, done)
                )
        if (due := self.contact_due(d)) and not self.ended_early(d, d.signed_at, due):
            signed = self.known(d.signed_at)
            met = signed is not None and not has_passed(due, signed)
            yield RecountRow(keys, "all", "claimed", met=met)
        gone = self.known(d.ended_at) is not None and d.how_ended is DispatchEnd.RETURNED
        yield RecountRow(keys, "all", "returned", met=gone)
        window = [x for x in self.case.deadlines if x.duty is Duty.RETURN and x.dispatch_n == d.n]
        if gone and window and d.return_asked_at:
            met = city_day(d.return_asked_at) == city_day(window[0].due_at)
            yield RecountRow(keys, "all", "returned_on_last_day", met=met)
        yield from self.of_return_decision(d, keys)
        yield RecountRow(keys, "all", "feedback", met=bool(self.known(d.answered_at)))

    def contact_due(self, d: DispatchFacts) -> datetime | None:
        """Give the promise of contact; there is none where she cannot be reached (Rules 1)."""
        promised = [x for x in self.case.deadlines if x.duty is Duty.CONTACT]
        mine = [x for x in promised if x.dispatch_n == d.n]
        if not mine or self.known(d.unreachable_at):
            return None
        return mine[0].due_at

    def of_return_decision(
        self, d: DispatchFacts, keys: dict[str, str | None]
    ) -> Iterator[RecountRow]:
        """Give the newest request to return it, if the centre promised to decide on it."""
        promised = [
            each
            for each in self.case.deadlines
            if each.duty is Duty.RETURN_DECISION and each.dispatch_n == d.n
            if self.known(each.started_at)
            if each.ended_at is None
            or not self.known(each.ended_at)
            or has_passed(each.due_at, each.ended_at)
        ]
        if promised:
            newest = max(promised, key=lambda each: each.started_at)
            decided = self.known(newest.met_at)
            met = decided is not None and not has_passed(newest.due_at, decided)
            yield RecountRow(keys, "all", "return_decided_in_time", met=met)
