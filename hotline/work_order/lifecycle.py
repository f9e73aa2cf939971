"""The life cycle of a work order: one table of transitions. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from kit.errors import ConflictError, ForbiddenError, InvalidInputError


class State(StrEnum):
    """待接单 → 办理中 → 已答复 → 已办结."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"


STATE_LABELS: dict[State, str] = {
    State.PENDING: "待接单",
    State.IN_PROGRESS: "办理中",
    State.ANSWERED: "已答复",
    State.CLOSED: "已办结",
}


class Action(StrEnum):
    """What can be done with an order."""

    REGISTER = "register"
    CLAIM = "claim"
    ASSIGN = "assign"
    TRANSFER = "transfer"
    RETURN = "return_to_queue"
    ANSWER = "answer"
    CLOSE = "close"
    ESCALATE = "escalate"


ACTION_LABELS: dict[Action, str] = {
    Action.REGISTER: "登记",
    Action.CLAIM: "接单",
    Action.ASSIGN: "派单",
    Action.TRANSFER: "转办",
    Action.RETURN: "退单",
    Action.ANSWER: "答复",
    Action.CLOSE: "办结",
    Action.ESCALATE: "加急",
}


class Actor(StrEnum):
    """In which capacity somebody acts on an order."""

    ASSIGNEE = "assignee"
    LAWYER = "lawyer"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states an action leads where, who may take it, and whether it needs a reason."""

    sources: frozenset[State]
    target: State
    actors: frozenset[Actor]
    needs_note: bool = False


_OPEN = frozenset({State.PENDING, State.IN_PROGRESS, State.ANSWERED})
_MINE = frozenset({Actor.ASSIGNEE, Actor.SUPERVISOR})

TRANSITIONS: dict[Action, Transition] = {
    Action.CLAIM: Transition(
        frozenset({State.PENDING}), State.IN_PROGRESS, frozenset({Actor.LAWYER})
    ),
    Action.ASSIGN: Transition(_OPEN, State.IN_PROGRESS, frozenset({Actor.SUPERVISOR})),
    Action.TRANSFER: Transition(
        frozenset({State.IN_PROGRESS, State.ANSWERED}), State.IN_PROGRESS, _MINE, needs_note=True
    ),
    Action.RETURN: Transition(
        frozenset({State.IN_PROGRESS}), State.PENDING, _MINE, needs_note=True
    ),
    Action.ANSWER: Transition(
        frozenset({State.IN_PROGRESS, State.ANSWERED}),
        State.ANSWERED,
        frozenset({Actor.ASSIGNEE}),
        needs_note=True,
    ),
    Action.CLOSE: Transition(frozenset({State.ANSWERED}), State.CLOSED, _MINE),
}


def allowed(state: State, capacities: frozenset[Actor]) -> list[Action]:
    """The actions open to somebody with these capacities, in the order of the table."""
    return [
        action
        for action, rule in TRANSITIONS.items()
        if state in rule.sources and rule.actors & capacities
    ]


def step(state: State, action: Action, capacities: frozenset[Actor], note: str) -> State:
    """The state after an action.

    Raises ``ConflictError`` (wrong state), ``ForbiddenError`` (wrong person) or
    ``InvalidInputError`` (no reason given where one is needed).
    """
    rule = TRANSITIONS[action]
    label = ACTION_LABELS[action]
    if state not in rule.sources:
        raise ConflictError(f"工单现在是“{STATE_LABELS[state]}”，不能{label}")
    if not rule.actors & capacities:
        raise ForbiddenError(f"您不能对这张工单{label}")
    if rule.needs_note and not note.strip():
        what = "答复内容" if action is Action.ANSWER else "原因"
        raise InvalidInputError(f"{label}请写明{what}")
    return rule.target
