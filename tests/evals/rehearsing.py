"""What rehearsals are tried on: the sawmill behind OPC UA, and a press that takes commands."""

import re
from pathlib import Path

from api.scene import Belief, Scene
from tests.twin_core.simulation.sawmill import LINE, SAW, STACKER, T0, Mill
from twin_core.answer import Asker
from twin_core.canonical import digest
from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Basis,
    BasisPoint,
    Compensation,
    Draft,
    Effect,
    Proposal,
    Requester,
    WritePlan,
    WriteStep,
)
from twin_core.governance.policy import Policy
from twin_core.plant.document import load
from twin_core.simulation.forecaster import compare
from twin_core.simulation.scenario import Scenario, SetPoint
from twin_core.value import SECOND, Range

FILES = Path(__file__).parents[1] / "twin_core" / "simulation" / "sawmill_files"
PACE = f"{SAW}/pace"
PRESS_CLASSES = """
schema: 1
classes:
  - id: press
    name: Press
    model: machine
    points:
      - {id: state, name: State, role: state, unit: "1", type: int, limits: {low: 0, high: 17}}
      - {id: command, name: Command, role: command, unit: "1", type: int,
         limits: {low: 0, high: 9}, adjustable: {low: 0, high: 9}}
      - {id: request, name: Request, role: change_request, unit: "1", type: bool,
         limits: {low: 0, high: 1}, adjustable: {low: 0, high: 1}}
      - {id: speed, name: Speed, role: speed, unit: "{part}/min", limits: {low: 0, high: 90},
         noise: 0.2}
      - {id: out, name: Parts, role: produced, unit: "{part}", type: int,
         limits: {low: 0, high: 4e9}}
"""
PRESS = """
schema: 1
site: p
name: Press shop
timezone: UTC
classes: [classes.yaml]
sources:
  - {id: plc, name: PLC, kind: opcua, url: "opc.tcp://10.1.1.1:4840/", options: {namespace: "%s"}}
areas:
  - id: a
    name: Area
    lines:
      - id: l
        name: Line
        unit_of_flow: "{part}"
        units:
          - id: m
            name: Press
            class: press
            source: plc
            flow: {in: "{sheet}", takes: 1, out: "{part}", gives: 1}
            points:
              state: {address: "s=Status.StateCurrent"}
              command: {address: "s=Command.CntrlCmd"}
              request: {address: "s=Command.CmdChangeRequest"}
              speed: {address: "s=Status.CurMachSpeed"}
              out: {address: "s=Admin.ProdProcessedCount"}
"""


def pressing(namespace="urn:press"):
    """A machine that takes PackML commands."""
    return load(PRESS % namespace, "plant.yaml", lambda _name: PRESS_CLASSES)


def milling():
    """The sawmill, with addresses that an OPC UA server can have, on a network far away."""
    text = (FILES / "plant.yaml").read_text()
    text = re.sub(r"address: ([a-z_0-9]+\.\d+)", r'address: "s=\1"', text[: text.index("shifts:")])
    real = 'url: "opc.tcp://10.1.1.1:4901/", options: {namespace: "urn:holm"}'
    text = text.replace('url: "opc.tcp://127.0.0.1:4901/"', real)
    return load(text, "plant.yaml", lambda name: (FILES / name).read_text())


def running():
    """Belief about a sawmill that runs at 60 boards a minute."""
    return Mill(plant=milling()).snapshot()


def written(*values, old=60.0):
    """A plan that brings the saw's pace to each of the values in turn."""
    steps = []
    for value in values:
        undo = Compensation(point=PACE, value=old)
        steps.append(
            WriteStep(point=PACE, unit="{board}/min", old=old, value=value, check=0.5,
                      compensation=undo)
        )  # fmt: skip
        old = value
    return WritePlan(steps=tuple(steps))


def scene(action=None, *, effect=True, trust="act_on_approval"):
    """What a rehearsal of that plan starts from."""
    snapshot = running()
    action = action or written(52.0, 45.0)
    expected = None
    if effect:
        base = Scenario(name="as it is", line=LINE, horizon_s=900.0)
        moved = SetPoint(point=PACE, value=action.steps[-1].value)
        slower = base.model_copy(update={"name": "slower", "changes": (moved,)})
        found = compare(snapshot, base, [slower], 5)[0]
        expected = Effect(
            line=LINE, gain=found.gain, forecast=found.candidate, baseline=found.baseline,
            point=f"{SAW}/speed", target=45.0, tolerance=3.0, settle_s=60.0,
        )  # fmt: skip
    rests = BasisPoint(
        point=PACE, value=60.0, time=T0, status=0, band=Range(low=59.0, high=61.0),
        stale_after_s=60.0,
    )  # fmt: skip
    draft = Draft(
        action=action, title="Spare the saw", reason="its blade is worn",
        evidence=(Evidence(kind="state", subject=PACE, statement="fast", time=T0),),
        effect=expected, basis=Basis(points=(rests,), revision=1),
    )  # fmt: skip
    proposal = Proposal(
        id="p-00000001", site="holm", draft=draft, requester=Requester(user="olga"), created=T0,
        expires=T0 + 900 * SECOND, nonce="n",
    )  # fmt: skip
    olga = Asker(user="olga", name="Olga", roles=("operator",), sites=("holm",))
    return Scene(
        plant=snapshot.plant, version=snapshot.plant.version, belief=Belief.of(snapshot),
        proposal=proposal, digest=digest(proposal), tier="standard", needed=1, requester=olga,
        policy=Policy.shipped(), trust={"holm": trust},
    )  # fmt: skip


__all__ = ["LINE", "PACE", "SAW", "STACKER", "milling", "pressing", "running", "scene", "written"]
