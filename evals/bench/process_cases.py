"""What happens to the plant's process in `bench simulation`: told to both, done by one of them.

Each situation is what the stand-in is made to do and the scenario that says so to the twin. It must
never be chosen by what the twin can do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.emulator.faults import Fault, Size
from twin_core.simulation.scenario import Capacity, Change, Demand, Outage, SetPoint

HORIZON_S = 1800


@dataclass(frozen=True, slots=True)
class Situation:
    """One thing that happens at the start of the forecast.

    Attributes:
        done: faults that are put into the stand-in; setpoints in `told` are written there too.
        told: the same as the twin's scenario.
    """

    name: str
    done: tuple[Fault, ...] = ()
    told: tuple[Change, ...] = ()

    @property
    def written(self) -> tuple[SetPoint, ...]:
        """Setpoints that somebody writes."""
        return tuple(c for c in self.told if isinstance(c, SetPoint))


def situations(site: str) -> Sequence[Situation]:
    """All of them, for the demo's plant."""
    air, cooling = f"{site}/utilities/air", f"{site}/utilities/cooling"
    hall, steam = f"{site}/packaging", f"{site}/utilities/steam"

    def stands(unit: str, end_s: int = HORIZON_S, parameter: str = "running") -> Fault:
        return Fault(
            id="stands", component=unit, parameter=parameter, shape="step",
            size=Size(value=0.0), end=float(end_s),
        )  # fmt: skip

    def weak(unit: str, parameter: str, factor: float) -> Fault:
        return Fault(
            id="weak", component=unit, parameter=parameter, shape="step", size=Size(factor=factor)
        )

    def out(unit: str, s: int = HORIZON_S) -> Outage:
        return Outage(asset=unit, duration_s=float(s))

    one, two, chiller = f"{air}/compressor_1", f"{air}/compressor_2", f"{cooling}/chiller"
    main, other, boiler = f"{air}/header_a", f"{air}/header_b", f"{steam}/boiler"
    fillers = [f"{hall}/line{i}/filler" for i in (1, 2, 3, 4)]
    machines = ("depalletizer", "rinser", "filler", "capper", "labeller", "packer", "palletizer")
    slower = tuple(
        SetPoint(point=f"{hall}/line4/{m}/speed_setpoint", value=round(v, 3))
        for m, v in zip(machines, (504, 453.6, 420, 441, 462, 40.2, 0.35), strict=True)
    )
    return (
        Situation("steady"),
        Situation("compressor_1_out", (stands(one),), (out(one),)),
        Situation("compressor_2_out", (stands(two),), (out(two),)),
        Situation(
            "compressor_2_out_tie_opened", (stands(two),),
            (out(two), SetPoint(point=f"{air}/cross_tie/position_setpoint", value=80)),
        ),
        Situation("compressor_2_out_for_8_min", (stands(two, 480),), (out(two, 480),)),
        Situation(
            "compressor_2_weak", (weak(two, "health", 0.6),), (Capacity(asset=two, factor=0.6),)
        ),
        Situation("leak", (weak(main, "bleed", 1.5),), (Demand(asset=main, factor=1.5),)),
        Situation("large_leak", (weak(other, "bleed", 2.2),), (Demand(asset=other, factor=2.2),)),
        Situation(
            "pressure_set_down", (), (SetPoint(point=f"{two}/pressure_setpoint", value=6.3),)
        ),
        Situation("chiller_out_for_8_min", (stands(chiller, 480),), (out(chiller, 480),)),
        Situation("chiller_out", (stands(chiller),), (out(chiller),)),
        Situation(
            "chiller_weak", (weak(chiller, "health", 0.45),),
            (Capacity(asset=chiller, factor=0.45),),
        ),
        Situation(
            "water_set_up", (),
            (SetPoint(point=f"{chiller}/supply_temperature_setpoint", value=6.5),),
        ),
        Situation(
            "product_set_down", (),
            tuple(SetPoint(point=f"{f}/product_temperature_setpoint", value=6.5) for f in fillers),
        ),
        Situation(
            "bowls_set_down", (),
            tuple(SetPoint(point=f"{f}/bowl_level_setpoint", value=52) for f in fillers),
        ),
        Situation(
            "filling_stopped", tuple(stands(f, HORIZON_S, "drive") for f in fillers[2:]),
            tuple(out(f) for f in fillers[2:]),
        ),
        Situation("demand_down", (), slower),
        Situation("boiler_out", (stands(boiler),), (out(boiler),)),
    )  # fmt: skip
