"""Event notifications of an OPC UA server become reports of its alarms (OPC 10000-9, 5.5 to 5.8).

Any field may be of any type or absent: what cannot be used is left at its default, and no
notification of a server raises. Texts are put on one line and cut. It must never keep an EventId:
with one, an alarm could be acknowledged in the plant.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIdNames, ObjectIds

from connectors.opcua_answer import line
from connectors.opcua_reading import instant
from twin_core.condition import LONGEST, ConditionEvent, ConditionReport
from twin_core.value import Instant

_BASE, _CONDITION = ObjectIds.BaseEventType, ObjectIds.ConditionType
_ACKNOWLEDGEABLE, _ALARM = ObjectIds.AcknowledgeableConditionType, ObjectIds.AlarmConditionType
_FIELDS: dict[str, tuple[int, str]] = {
    "kind": (_BASE, "EventType"),
    "node": (_BASE, "SourceNode"),
    "source_name": (_BASE, "SourceName"),
    "time": (_BASE, "Time"),
    "message": (_BASE, "Message"),
    "severity": (_BASE, "Severity"),
    "condition": (_CONDITION, ""),  # the ConditionId: the condition's own node
    "branch": (_CONDITION, "BranchId"),
    "name": (_CONDITION, "ConditionName"),
    "retain": (_CONDITION, "Retain"),
    "enabled": (_CONDITION, "EnabledState/Id"),
    "acked": (_ACKNOWLEDGEABLE, "AckedState/Id"),
    "confirmed": (_ACKNOWLEDGEABLE, "ConfirmedState/Id"),
    "active": (_ALARM, "ActiveState/Id"),
    "suppressed": (_ALARM, "SuppressedState/Id"),
    "out_of_service": (_ALARM, "OutOfServiceState/Id"),
    "shelved": (_ALARM, "ShelvingState/CurrentState/Id"),
    "input": (_ALARM, "InputNode"),
}
_SHELVED: dict[int, Literal["timed", "one_shot"]] = {
    ObjectIds.ShelvedStateMachineType_TimedShelved: "timed",
    ObjectIds.ShelvedStateMachineType_OneShotShelved: "one_shot",
}
_BEGIN, _END = "RefreshStartEventType", "RefreshEndEventType"
_INCOMPLETE = frozenset({"RefreshRequiredEventType", "EventQueueOverflowEventType"})
_HOUSEKEEPING = ("Audit", "GeneralModelChange", "BaseModelChange", "SemanticChange", "Progress")


def event_filter() -> ua.EventFilter:
    """What is asked of every event."""
    return ua.EventFilter(
        SelectClauses=[
            ua.SimpleAttributeOperand(
                TypeDefinitionId=ua.NodeId(ua.Int32(kind)),
                BrowsePath=[ua.QualifiedName(step, 0) for step in path.split("/") if path],
                AttributeId=AttributeIds.Value if path else AttributeIds.NodeId,
            )
            for kind, path in _FIELDS.values()
        ]
    )


class Reports:
    """Turns event notifications into reports.

    Args:
        source: its id.
        spaces: the server's namespaces by index.
        points: node → path of the point that stands there.

    Attributes:
        incomplete: whether the server said that it could not tell all; set back by who asks again.
    """

    def __init__(self, source: str, spaces: Sequence[str], points: Mapping[ua.NodeId, str]) -> None:
        self._source = source
        self._spaces = spaces
        self._points = points
        self.incomplete = False

    def of(
        self, notified: Sequence[Sequence[ua.Variant]], now: Instant, offset_us: int
    ) -> Iterator[ConditionReport]:
        """The reports that events, each as its fields, make; cut where a refresh begins and ends.

        Args:
            notified: the fields that were asked for, of each event.
            now: plant time.
            offset_us: the server's clock minus plant time, for events without a time.
        """
        events: list[ConditionEvent] = []
        begins = False

        def report(*, ends: bool) -> ConditionReport:
            return ConditionReport(
                source=self._source, time=now, events=tuple(events), begins=begins, ends=ends
            )

        for values in notified:
            fields = dict(zip(_FIELDS, (_plain(v) for v in values), strict=False))
            kind = self._kind(fields.get("kind"))
            if kind in _INCOMPLETE:
                self.incomplete = True
            elif kind == _BEGIN:
                if events or begins:
                    yield report(ends=False)
                    events = []
                begins = True
            elif kind == _END:
                yield report(ends=True)
                events, begins = [], False
            elif not kind.startswith(_HOUSEKEEPING):
                events.append(self._event(fields, kind, now + offset_us))
        if events or begins:
            yield report(ends=False)

    def _event(self, fields: Mapping[str, Any], kind: str, absent: Instant) -> ConditionEvent:
        condition = self._node(fields.get("condition"))
        severity = fields.get("severity")
        active, acked = _flag(fields.get("active")), _flag(fields.get("acked"))
        retain = _flag(fields.get("retain"))
        if retain is None:
            retain = active is not False or acked is False
        return ConditionEvent(
            condition=condition,
            branch=self._node(fields.get("branch")),
            name=_text(fields.get("name")),
            kind=kind,
            source_name=_text(fields.get("source_name")),
            point=self._point(fields.get("input")) or self._point(fields.get("node")),
            time=_instant(fields.get("time"), absent),
            severity=min(1000, max(1, severity)) if isinstance(severity, int) else 1,
            message=_text(fields.get("message")),
            retain=retain and bool(condition),
            enabled=fields.get("enabled") is not False,
            active=active,
            acked=acked,
            confirmed=_flag(fields.get("confirmed")),
            suppressed=fields.get("suppressed") is True,
            out_of_service=fields.get("out_of_service") is True,
            shelved=_shelved(fields.get("shelved")),
        )

    def _point(self, node: Any) -> str | None:
        return self._points.get(node) if isinstance(node, ua.NodeId) else None

    def _kind(self, node: Any) -> str:
        number = _standard(node)
        return ObjectIdNames.get(number, "") if number else self._node(node)

    def _node(self, node: Any) -> str:
        """A node with its namespace's name, so that it is the same when the index changes."""
        if not isinstance(node, ua.NodeId) or node.is_null():
            return ""
        index = node.NamespaceIndex
        space = self._spaces[index] if 0 < index < len(self._spaces) else ""
        own = ua.NodeId(node.Identifier, ua.Int16(0), node.NodeIdType).to_string()
        return line(f"nsu={space};{own}" if space else own, LONGEST)


def _plain(variant: Any) -> Any:
    return getattr(variant, "Value", None)


def _flag(shown: Any) -> bool | None:
    return shown if isinstance(shown, bool) else None


def _text(shown: Any) -> str:
    return line(shown.Text if isinstance(shown, ua.LocalizedText) else shown, LONGEST)


def _instant(shown: Any, absent: Instant) -> Instant:
    try:
        return instant(shown, absent)
    except (AttributeError, TypeError, OverflowError):
        return absent


def _standard(node: Any) -> int:
    """The number of a node of OPC UA's own namespace; 0 of any other."""
    if not isinstance(node, ua.NodeId) or node.NamespaceIndex:
        return 0
    return node.Identifier if isinstance(node.Identifier, int) else 0


def _shelved(node: Any) -> Literal["", "timed", "one_shot"]:
    return _SHELVED.get(_standard(node), "")
