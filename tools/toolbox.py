"""An agent's share of verbs, built for one run on behalf of one asker.

Every argument is a read-only Protocol except `desk`, which only takes drafts. The asker travels
by closure: no argument of any tool can name him. A tool never raises at the model.
"""

from collections.abc import Callable, Coroutine
from inspect import cleandoc
from typing import Any

import structlog
from langchain_core.tools import StructuredTool

from tools import (
    alarms,
    assets,
    bottleneck,
    cell,
    diagnosis,
    documents,
    handover,
    improvements,
    indicators,
    learnt,
    made,
    maintenance,
    orders,
    picking,
    planned,
    prognosis,
    proposals,
    propose,
    readings,
    recurring,
    remedies,
    risk,
    ruled_out,
    schedule,
    state,
    storing,
    trend,
    whatif,
    window,
)
from tools.arguments import Arguments
from tools.result import ToolResult, failed, from_error
from tools.scene import Scene
from tools.study import Study, Told
from tools.view import Forecaster, Library, View
from twin_core.answer import Asker, Role
from twin_core.errors import OpsTwinError
from twin_core.governance.desk import ProposalDesk
from twin_core.plant.names import Names
from twin_core.ports import WorkRecords

_log = structlog.get_logger(__name__)
_MAY_PROPOSE: tuple[Role, ...] = ("operator", "supervisor", "engineer", "admin")

_Verb = Callable[..., Coroutine[Any, Any, ToolResult]]


def toolbox(
    view: View,
    desk: ProposalDesk,
    library: Library,
    forecaster: Forecaster,
    records: WorkRecords,
    asker: Asker,
    names: Names | None = None,
    told: Told | None = None,
) -> list[StructuredTool]:
    """The tools of one run, the asker's sites only; who may not propose has no `propose`.

    `names` of the plant may be given where they are indexed already (25 ms for 370 points);
    `told` is what the conversation was told before, and is added to.
    """
    scene = Scene(view, asker, names)
    study = Study(scene, forecaster, told)
    windows = window.Windows(forecaster, records)

    share: list[tuple[type[Arguments], _Verb, tuple[Any, ...]]] = [
        (assets.ListAssets, assets.list_assets, ()),
        (assets.AssetDetails, assets.asset_details, ()),
        (readings.SensorData, readings.sensor_data, ()),
        (state.PlantOverview, state.plant_overview, ()),
        (state.AssetState, state.asset_state, ()),
        (state.LatestValues, state.latest_values, ()),
        (trend.Trend, trend.trend, ()),
        (indicators.Indicators, indicators.indicators, ()),
        (made.Made, made.made, ()),
        (alarms.Alarms, alarms.alarms, ()),
        (diagnosis.FindCause, diagnosis.find_cause, (study, records)),
        (ruled_out.RuledOut, ruled_out.ruled_out, (study,)),
        (remedies.FindRemedies, remedies.find_remedies, (study,)),
        (bottleneck.Bottleneck, bottleneck.bottleneck, (forecaster,)),
        (whatif.WhatIf, whatif.what_if, (forecaster,)),
        (whatif.CompareOptions, whatif.compare_options, (forecaster,)),
        (schedule.Schedule, schedule.schedule, (forecaster,)),
        (orders.ProductionOrders, orders.production_orders, (forecaster,)),
        (planned.PlannedTimes, planned.planned_times, ()),
        (picking.PickingStrategies, picking.picking_strategies, (forecaster,)),
        (storing.SlottingRules, storing.slotting_rules, (forecaster,)),
        (storing.ReplenishmentRules, storing.replenishment_rules, (forecaster,)),
        (storing.StockRebalancing, storing.stock_rebalancing, (forecaster,)),
        (cell.RobotCell, cell.robot_cell, (forecaster,)),
        (risk.FailureRisk, risk.failure_risk, (forecaster,)),
        (prognosis.LikelyToFail, prognosis.likely_to_fail, (forecaster, records)),
        (window.MaintenanceWindow, window.maintenance_window, (windows,)),
        (improvements.CouldRunBetter, improvements.could_run_better, (forecaster,)),
        (learnt.RemainingLife, learnt.remaining_life, (forecaster,)),
        (learnt.Quality, learnt.quality, (forecaster,)),
        (learnt.ModelError, learnt.model_error, (forecaster,)),
        (documents.SearchDocuments, documents.search_documents, (library,)),
        (proposals.ProposalsStatus, proposals.proposals_status, ()),
        (maintenance.WorkOrders, maintenance.work_orders, (records,)),
        (recurring.RecurringCauses, recurring.recurring_causes, (records,)),
        (handover.ShiftHandover, handover.shift_handover, (forecaster, records)),
    ]
    if "propose" in asker.scopes and any(asker.may(role) for role in _MAY_PROPOSE):
        taking = propose.OneQuestion(desk)
        given = (study, taking, asker, windows, forecaster)
        share.append((propose.Propose, propose.propose, given))
    return [_tool(arguments, verb, scene, given) for arguments, verb, given in share]


def _tool(
    arguments: type[Arguments], verb: _Verb, scene: Scene, given: tuple[Any, ...]
) -> StructuredTool:
    """A verb as a tool: its function's name, its arguments' class for everything else."""
    name = verb.__name__

    async def answer(**said: Any) -> tuple[str, dict[str, Any]]:
        try:
            result = await verb(scene, *given, **said)
        except OpsTwinError as problem:
            result = from_error(problem, scene.now())
        except Exception:  # noqa: BLE001 (a model must see no traceback; the log has it)
            _log.exception("tool_broke", tool=name)
            result = failed(f"The tool {name} broke; nothing was learned from it.")
        return result.content(), result.artifact()

    return StructuredTool.from_function(
        coroutine=answer,
        name=name,
        description=cleandoc(arguments.__doc__ or ""),
        args_schema=arguments,
        response_format="content_and_artifact",
        metadata={"doing": arguments.doing},
    )
