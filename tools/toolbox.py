"""An agent's share of verbs, built for one run on behalf of one asker.

Every argument is a read-only Protocol except `desk`, which only takes drafts. The asker travels
by closure: no argument of any tool can name him. A tool never raises at the model.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from langchain_core.tools import StructuredTool

from tools import (
    alarms,
    diagnosis,
    documents,
    indicators,
    maintenance,
    proposals,
    propose,
    remedies,
    state,
    trend,
    whatif,
)
from tools.arguments import Arguments
from tools.result import ToolResult, failed, from_error
from tools.scene import Scene
from tools.study import Study
from tools.view import Forecaster, Library, View
from twin_core.answer import Asker, Role
from twin_core.errors import OpsTwinError
from twin_core.governance.desk import ProposalDesk
from twin_core.ports import WorkRecords

_log = structlog.get_logger(__name__)
_MAY_PROPOSE: tuple[Role, ...] = ("operator", "supervisor", "engineer", "admin")

_Verb = Callable[..., Awaitable[ToolResult]]


def toolbox(
    view: View,
    desk: ProposalDesk,
    library: Library,
    forecaster: Forecaster,
    records: WorkRecords,
    asker: Asker,
) -> list[StructuredTool]:
    """The tools of one run, the asker's sites only; who may not propose has no `propose`."""
    scene = Scene(view, asker)
    study = Study(scene, forecaster)

    def bound(verb: _Verb, *given: Any) -> _Verb:
        async def run(**arguments: Any) -> ToolResult:
            return await verb(scene, *given, **arguments)

        return run

    tools = [
        _tool("plant_overview", state.PlantOverview, bound(state.plant_overview), scene),
        _tool("asset_state", state.AssetState, bound(state.asset_state), scene),
        _tool("latest_values", state.LatestValues, bound(state.latest_values), scene),
        _tool("trend", trend.Trend, bound(trend.trend), scene),
        _tool("indicators", indicators.Indicators, bound(indicators.indicators), scene),
        _tool("alarms", alarms.Alarms, bound(alarms.alarms), scene),
        _tool("find_cause", diagnosis.FindCause, bound(diagnosis.find_cause, study), scene),
        _tool("find_remedies", remedies.FindRemedies, bound(remedies.find_remedies, study), scene),
        _tool("what_if", whatif.WhatIf, bound(whatif.what_if, forecaster), scene),
        _tool(
            "compare_options",
            whatif.CompareOptions,
            bound(whatif.compare_options, forecaster),
            scene,
        ),
        _tool(
            "search_documents",
            documents.SearchDocuments,
            bound(documents.search_documents, library),
            scene,
        ),
        _tool(
            "proposals_status",
            proposals.ProposalsStatus,
            bound(proposals.proposals_status),
            scene,
        ),
        _tool(
            "work_orders", maintenance.WorkOrders, bound(maintenance.work_orders, records), scene
        ),
    ]
    if any(asker.may(role) for role in _MAY_PROPOSE):
        proposing = bound(propose.propose, study, desk, asker)
        tools.append(_tool("propose", propose.Propose, proposing, scene))
    return tools


def _tool(name: str, arguments: type[Arguments], verb: _Verb, scene: Scene) -> StructuredTool:
    async def answer(**given: Any) -> tuple[str, dict[str, Any]]:
        try:
            result = await verb(**given)
        except OpsTwinError as problem:
            result = from_error(problem, scene.now())
        except Exception:  # noqa: BLE001 (a model must see no traceback; the log has it)
            _log.exception("tool_broke", tool=name)
            result = failed(f"The tool {name} broke; nothing was learned from it.")
        return result.content(), result.artifact()

    return StructuredTool.from_function(
        coroutine=answer,
        name=name,
        description=(arguments.__doc__ or "").strip(),
        args_schema=arguments,
        response_format="content_and_artifact",
    )
