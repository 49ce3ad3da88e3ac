"""Every error of OpsTwin, in one tree. Leaves take plain values and write their own sentence.

    OpsTwinError
    ├── BadInput                what someone gave us cannot be used
    │   ├── PlantFileError      a plant or class file, with line and column
    │   ├── ExpressionError     an expression, with the column in it
    │   ├── DocumentError       a document that cannot be filed
    │   ├── PolicyError         a policy file that says something that cannot be
    │   ├── OnCallError         an on-call file that says something that cannot be
    │   ├── UnknownName         no asset, point, product or document of that name
    │   ├── AmbiguousName       a name with several readings
    │   ├── OutOfRange          a value outside what is allowed
    │   ├── WrongKind           a value of the wrong type or unit
    │   │   └── Unusable        what a plant file says to a connector, and it cannot use
    │   ├── NotWritable         a point nobody may write
    │   ├── ImpossibleScenario  a scenario the plant could not be in
    │   ├── TooLarge            more in one request than is taken
    │   ├── TooSlow             a request that comes too slowly
    │   └── NotCanonical        a value that has no canonical bytes
    ├── Refused                 understood, and not allowed
    │   ├── NotSignedIn         no token, or one we do not know
    │   ├── NotAllowed          a role or site is missing
    │   ├── Denied              a proposal that policy does not even put before people
    │   └── Conflict            somebody or something was first
    ├── Unavailable             not to be had at present; nothing is assumed
    │   ├── SourceDown          a controller does not answer
    │   │   └── SourceRefuses   it answers, and does not do what it was asked
    │   ├── NoData              nothing believed for that point and span
    │   ├── StoreDown           history or ledger cannot be read or written
    │   │   └── StateForged     a state of the ledger that its audit chain does not bear out
    │   ├── ComputeDown         the workers that simulate cannot be used
    │   ├── EngineMissing       a library that simulates is not installed
    │   ├── ModelDown           the language model cannot be used
    │   ├── CannotLearn         too little, or nothing, to learn a model from
    │   ├── BeyondModel         a learned model has not seen the like, and says nothing
    │   ├── NotLearnt           nothing was learnt and promoted that tells of it
    │   ├── NotRelied           a model that is stale, has drifted or is asked beyond its range
    │   ├── Busy                too much waits already; the same again a little later
    │   └── DirectoryInUse      another process owns the data directory
    └── Damaged                 what we stored is not what we wrote
        ├── ChainBroken         an audit record was changed, moved or removed
        ├── WitnessBroken       a checkpoint of the audit chain that cannot be relied on
        └── CheckpointDamaged   a saved twin that cannot be read

Vendor errors are translated where they enter; only `api/views.py` turns an error into a channel's
form. Messages say what, where, what was allowed.
"""

import re
from collections.abc import Sequence

_ENDS_TWICE = re.compile(r"(?:(?<!\.)[.!?…]|\.{3})[”»)]?\.$")
_LONGEST_NAME = 200  # of a name that is said again


class OpsTwinError(Exception):
    """The root. Its text is one sentence that may be shown to a person.

    A leaf raised in a worker process comes back whole: it is copied, its constructor not called
    again with the sentence. A sentence ends once, also where what it quotes at its end does.
    """

    def __init__(self, sentence: object = "") -> None:
        said = str(sentence)
        super().__init__(said[:-1] if _ENDS_TWICE.search(said) else said)

    def __reduce__(self) -> tuple[object, ...]:
        """How pickle and copy make another of it."""
        return _another, (type(self), self.args), self.__dict__


def _another(kind: type[OpsTwinError], args: tuple[object, ...]) -> OpsTwinError:
    return kind.__new__(kind, *args)


class BadInput(OpsTwinError):
    """What someone gave us cannot be used."""


class PlantFileError(BadInput):
    """A plant or class file says something that cannot be; `line` and `column` count from 1."""

    def __init__(self, file: str, line: int, column: int, problem: str, allowed: str = "") -> None:
        self.file, self.line, self.column, self.problem = file, line, column, problem
        tail = f"; allowed: {allowed}" if allowed else ""
        super().__init__(f"{file}:{line}:{column}: {problem}{tail}")


class ExpressionError(BadInput):
    """The expression of a derived point cannot be; `column` counts from 1 inside it."""

    def __init__(self, column: int, problem: str, allowed: str = "") -> None:
        self.column, self.problem, self.allowed = column, problem, allowed
        tail = f"; allowed: {allowed}" if allowed else ""
        super().__init__(f"column {column} of the expression: {problem}{tail}")


class DocumentError(BadInput):
    """A document cannot be filed: what is wrong with it, and what is allowed."""

    def __init__(self, file: str, problem: str, allowed: str = "") -> None:
        self.file, self.problem = file, problem
        tail = f"; needed: {allowed}" if allowed else ""
        super().__init__(f"{file}: {problem}{tail}.")


class PolicyError(BadInput):
    """A policy file says something that cannot be."""

    def __init__(self, file: str, problem: str) -> None:
        self.file, self.problem = file, problem
        super().__init__(f"{file}: {problem}.")


class OnCallError(BadInput):
    """An on-call file says something that cannot be."""

    def __init__(self, file: str, problem: str) -> None:
        self.file, self.problem = file, problem
        super().__init__(f"{file}: {problem}.")


class UnknownName(BadInput):
    """No thing of that kind has that name; `nearest` are the closest that exist."""

    def __init__(self, kind: str, name: str, nearest: Sequence[str] = ()) -> None:
        self.kind, self.name, self.nearest = kind, name, tuple(nearest)
        hint = f" Nearest: {', '.join(nearest)}." if nearest else ""
        said = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        super().__init__(f"There is no {kind} “{said}”.{hint}")


class AmbiguousName(BadInput):
    """A name that several things bear; `choices` are names that mean one of them each."""

    def __init__(self, kind: str, name: str, choices: Sequence[str]) -> None:
        self.kind, self.name, self.choices = kind, name, tuple(choices)
        super().__init__(f"“{name}” can be more than one {kind}: {', '.join(choices)}.")


class OutOfRange(BadInput):
    """A value outside its limits."""

    def __init__(self, what: str, value: float, low: float, high: float, unit: str) -> None:
        self.what, self.value, self.low, self.high, self.unit = what, value, low, high, unit
        super().__init__(f"{what}: {value:g} {unit} is outside {low:g} to {high:g} {unit}.")


class WrongKind(BadInput):
    """A value of the wrong type or unit."""

    def __init__(self, what: str, given: str, allowed: str) -> None:
        self.what, self.given, self.allowed = what, given, allowed
        super().__init__(f"{what}: {given} was given, {allowed} is needed.")


class Unusable(WrongKind):
    """An option or address of a plant file that its connector cannot use.

    Args:
        what, given, allowed: as of WrongKind.
        of: id of the source or point that says it.
        keys: where in it, from the top down.
    """

    def __init__(
        self, what: str, given: str, allowed: str, of: str, keys: Sequence[str | int] = ()
    ) -> None:
        super().__init__(what, given, allowed)
        self.of, self.keys = of, tuple(keys)


class NotWritable(BadInput):
    """A point that the plant file does not offer for writing."""

    def __init__(self, point: str, reason: str) -> None:
        self.point = point
        super().__init__(f"{point} cannot be written: {reason}.")


class ImpossibleScenario(BadInput):
    """A scenario the plant could not be in."""

    def __init__(self, problem: str, allowed: str) -> None:
        super().__init__(f"{problem}; allowed: {allowed}.")


class TooLarge(BadInput):
    """More in one request than is taken at once."""

    def __init__(self, what: str, most: str) -> None:
        self.what, self.most = what, most
        super().__init__(f"{what} is too much at once; at most {most} are taken.")


class TooSlow(BadInput):
    """A request that comes more slowly than is waited for."""

    def __init__(self, what: str, least: str) -> None:
        super().__init__(f"{what} comes too slowly; at least {least} is waited for.")


class NotCanonical(BadInput):
    """A value that two machines could write differently."""

    def __init__(self, where: str, given: str) -> None:
        super().__init__(f"{where}: {given} has no canonical form.")


class Refused(OpsTwinError):
    """Understood, and not allowed."""


class NotSignedIn(Refused):
    """No token, an unknown one, or one that has expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Not signed in: {reason}. Run `opstwin login`.")


class NotAllowed(Refused):
    """The person lacks a role or a site."""

    def __init__(self, who: str, verb: str, needed: str) -> None:
        self.who, self.verb, self.needed = who, verb, needed
        super().__init__(f"{who} may not {verb}; needed: {needed}.")


class Denied(Refused):
    """A proposal that was denied as it was handed in; `reason` names the rule."""

    def __init__(self, proposal: str, reason: str) -> None:
        self.proposal, self.reason = proposal, reason
        super().__init__(f"{proposal} is not taken: {reason.rstrip('.')}.")


class Conflict(Refused):
    """Somebody or something was first; `state` is how it stands now."""

    def __init__(self, what: str, state: str) -> None:
        self.what, self.state = what, state
        super().__init__(f"{what}: {state}.")


class Unavailable(OpsTwinError):
    """Not to be had at present; nothing is assumed in its place."""


class SourceDown(Unavailable):
    """A controller or business system does not answer."""

    def __init__(self, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(f"{source} {self._does}: {reason}.")

    _does = "does not answer"


class SourceRefuses(SourceDown):
    """It answers, and does not do what it was asked; something else it may do."""

    _does = "refuses"


class NoData(Unavailable):
    """Nothing is believed for that point and span."""

    def __init__(self, what: str, since: str) -> None:
        self.what, self.since = what, since
        super().__init__(f"No data from {what} since {since}.")


class StoreDown(Unavailable):
    """History or ledger cannot be read or written."""

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(f"The {store} cannot be used: {reason}.")


class StateForged(StoreDown):
    """A state of the ledger is not the one that the audit chain bears out."""

    def __init__(self, problem: str) -> None:
        super().__init__("ledger", problem)


class ComputeDown(Unavailable):
    """The workers that simulate cannot be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Simulation cannot run: {reason}.")


class EngineMissing(Unavailable):
    """A library that simulates is not installed, or cannot be on this Python."""

    def __init__(self, what: str, library: str, needed: str) -> None:
        self.library = library
        super().__init__(f"{what} cannot be simulated: {library} is missing; {needed}.")


class ModelDown(Unavailable):
    """The language model cannot be used."""

    def __init__(self, model: str, reason: str) -> None:
        self.model, self.reason = model, reason
        super().__init__(f"The model {model} cannot be used: {reason}.")


class CannotLearn(Unavailable):
    """What there is does not teach a model of that; `needed` would."""

    def __init__(self, target: str, problem: str, needed: str) -> None:
        self.target, self.problem, self.needed = target, problem, needed
        super().__init__(f"Nothing can be learned of {target}: {problem}; needed: {needed}.")


class BeyondModel(Unavailable):
    """A learned model has not seen the like; `features` are those it does not know so."""

    def __init__(self, target: str, reason: str, features: Sequence[str]) -> None:
        self.target, self.reason, self.features = target, reason, tuple(features)
        super().__init__(f"The model of {target} says nothing here: {reason}.")


class NotLearnt(Unavailable):
    """No model that people promoted tells of that; `needed` is what would."""

    def __init__(self, what: str, problem: str, needed: str) -> None:
        self.what, self.needed = what, needed
        super().__init__(f"Nothing is told of {what}: {problem}; needed: {needed}.")


class NotRelied(Unavailable):
    """A promoted model on which nothing may rest now; `why` is its own sentence."""

    def __init__(self, what: str, why: str, remedy: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"No forecast and no advice for {what}: {why} {remedy}")


class Busy(Unavailable):
    """Too much waits already; the same request may come again after `retry_s` host seconds."""

    def __init__(self, what: str, retry_s: int) -> None:
        self.what, self.retry_s = what, retry_s
        super().__init__(f"{what}; come again in {retry_s} s.")


class DirectoryInUse(Unavailable):
    """Another process owns the data directory."""

    def __init__(self, directory: str, owner: str) -> None:
        super().__init__(f"{directory} is in use by {owner}; stop it or set OPSTWIN_DATA.")


class Damaged(OpsTwinError):
    """What we stored is not what we wrote."""


class ChainBroken(Damaged):
    """An audit record was changed, moved or removed."""

    def __init__(self, index: int, problem: str) -> None:
        self.index = index
        super().__init__(f"The audit chain is broken at record {index}: {problem}.")


class WitnessBroken(Damaged):
    """A checkpoint of the audit chain that cannot be relied on; `number` counts from 1."""

    def __init__(self, number: int, problem: str) -> None:
        self.number = number
        super().__init__(f"Checkpoint {number} of the witness cannot be relied on: {problem}.")


class CheckpointDamaged(Damaged):
    """A saved twin cannot be read; the log holds all it knew."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"A saved twin cannot be used: {problem}.")
