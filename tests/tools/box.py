"""A toolbox over the scenery, called as an agent calls it."""

from tests.tools.scenery import OPERATOR, Window
from tests.tools.standins import desk, forecaster, library, records
from tools.result import ToolResult
from tools.toolbox import toolbox


class Box:
    """A toolbox and what is around it."""

    def __init__(self, window=None, asker=OPERATOR, **around):
        self.window = window or Window()
        self.desk = around.get("desk") or desk()
        tools = toolbox(
            self.window,
            self.desk,
            around.get("library") or library(),
            around.get("forecaster") or forecaster(),
            around.get("records") or records(),
            asker,
        )
        self.tools = {tool.name: tool for tool in tools}

    async def __call__(self, name, /, **arguments):
        call = {"name": name, "args": arguments, "id": "1", "type": "tool_call"}
        answer = await self.tools[name].ainvoke(call)
        result = ToolResult.model_validate(answer.artifact)
        assert answer.content == result.content()
        return result
