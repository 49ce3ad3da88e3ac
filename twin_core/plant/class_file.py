"""A class file's text becomes equipment classes, or one sentence that says what is wrong, where.

It must never know a plant: a class file is shared by several.
"""

from twin_core.plant.classes import EquipmentClass
from twin_core.plant.marked import Document, Loc


def load_classes(text: str, file: str) -> tuple[EquipmentClass, ...]:
    """The equipment classes of one class file.

    Raises:
        PlantFileError: with line and column.
    """
    doc = Document.parse(text, file)
    doc.only((), {"schema", "classes"})
    doc.schema()
    found = []
    for i, _ in enumerate(doc.items(("classes",))):
        kind = doc.model(EquipmentClass, ("classes", i))
        _check_class(doc, kind, ("classes", i))
        found.append(kind)
    return tuple(found)


def _check_class(doc: Document, kind: EquipmentClass, at: Loc) -> None:
    known = [p.id for p in kind.points]
    for i, spec in enumerate(kind.points):
        if known.index(spec.id) != i:
            raise doc.error((*at, "points", i), f"point “{spec.id}” is defined twice")
        if spec.measures is not None and spec.measures not in known:
            raise doc.error(
                (*at, "points", i, "measures"), f"no point “{spec.measures}”", ", ".join(known)
            )
    for i, effect in enumerate(kind.effects):
        if ":" not in effect.by and effect.by not in known:
            raise doc.error((*at, "effects", i, "by"), f"no point “{effect.by}”", ", ".join(known))
        if effect.point is not None and effect.point not in known:
            raise doc.error(
                (*at, "effects", i, "point"), f"no point “{effect.point}”", ", ".join(known)
            )
    for i, mode in enumerate(kind.failure_modes):
        here = (*at, "failure_modes", i)
        if [m.id for m in kind.failure_modes].index(mode.id) != i:
            raise doc.error((*here, "id"), f"failure mode “{mode.id}” is defined twice")
        if mode.sensor and mode.instrument is None:
            raise doc.error(here, f"sensor mode “{mode.id}” names no instrument", ", ".join(known))
        if mode.instrument is not None and mode.instrument not in known:
            raise doc.error(
                (*here, "instrument"), f"no point “{mode.instrument}”", ", ".join(known)
            )
        for j, symptom in enumerate(mode.symptoms):
            if symptom.point not in {*known, "supplied"} and ":" not in symptom.point:
                raise doc.error(
                    (*here, "symptoms", j, "point"), f"no point “{symptom.point}”", ", ".join(known)
                )
        for j, act in enumerate(mode.acts):
            if act.point is not None and act.point not in known:
                raise doc.error((*here, "acts", j, "point"), f"no point “{act.point}”")
        for j, remedy in enumerate(mode.remedies):
            if remedy.point is not None and ":" not in remedy.point and remedy.point not in known:
                raise doc.error((*here, "remedies", j, "point"), f"no point “{remedy.point}”")
            if remedy.kind == "set_point" and (remedy.point is None or remedy.move is None):
                raise doc.error((*here, "remedies", j), "a set_point remedy needs point and move")
