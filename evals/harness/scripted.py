"""The scripted baseline: it looks names up in the question, and reads out what stands there.

What a score above it is worth is what the assistant understands. It must never do more.
"""

from evals.harness.case import Person
from evals.harness.house import House
from tools.result import ToolResult
from tools.toolbox import toolbox
from twin_core.answer import Answer, Spent
from twin_core.evidence import Finding

NAME = "scripted baseline"


async def scripted(house: House, who: Person, text: str, thread: str) -> Answer:
    """The state of the asset that is named, or the plant at a glance; by the product's tools."""
    system = house.system
    plant, asker = system.plant, house.person(who)
    names = system.assistant.names(plant)
    share = toolbox(
        system.view_for(asker), system.actuation, system.librarian, system.forecaster,
        system.records, asker, names,
    )  # fmt: skip
    tools = {tool.name: tool for tool in share}
    meant = names.meant(names.mentions(text))
    name, said = ("asset_state", {"asset": meant[0]}) if meant else ("plant_overview", {})
    call = {"name": name, "args": said, "id": "1", "type": "tool_call"}
    found = ToolResult.model_validate((await tools[name].ainvoke(call)).artifact)
    lines = [evidence.statement for evidence in found.evidence] or [found.text]
    return Answer(
        thread=thread,
        text="\n".join(lines),
        findings=tuple(Finding(text=e.statement, evidence=(e.id,)) for e in found.evidence),
        evidence=found.evidence,
        unknown=(found.text,) if found.status == "no_data" else (),
        model=NAME,
        spent=Spent(calls=1),
        time=system.pump.snapshot().now,
    )
