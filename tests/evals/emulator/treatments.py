"""What a sound operator does about each case: the set-point to write, or the job to order."""

from dataclasses import dataclass

from evals.emulator.crew import Order
from evals.emulator.faults import Case
from evals.emulator.standin import StandIn, Write


@dataclass(frozen=True)
class Move:
    """A write: a value, or (by = True) a change from what stands there."""

    point: str
    value: float
    by: bool = False


L1, L2, L3, L4 = (f"riverside/packaging/line{n}" for n in (1, 2, 3, 4))

MOVES: dict[str, tuple[Move, ...]] = {
    "loose-caps-on-two": (Move(f"{L2}/capper/torque_setpoint", 1.9),),
    "slow-filler-on-three": (Move(f"{L3}/filler/speed_setpoint", 540.0),),
    "gas-lost-by-setting-on-four": (Move(f"{L4}/filler/bowl_pressure_setpoint", 2.0),),
    "other-recipe-on-two": (Move(f"{L2}/filler/bowl_pressure_setpoint", 2.0),),
    "air-leak-on-b": (Move("riverside/utilities/air/cross_tie/position_setpoint", 100.0),),
    "slow-labeller-on-two": (Move(f"{L2}/labeller/speed_setpoint", 605.0),),
    "slack-web-on-four": (Move(f"{L4}/labeller/web_tension_setpoint", 25.0),),
    "slow-belt-on-one": (Move(f"{L1}/conveyor_4/speed_setpoint", 40.0),),
    "few-empties-on-three": (
        Move("riverside/warehouse/stores/empties_3/release_rate_setpoint", 0.6),
    ),
    "warm-product-on-four": (Move(f"{L4}/filler/product_temperature_setpoint", -3.0, by=True),),
    "gas-leak-on-one": (Move(f"{L1}/filler/bowl_pressure_setpoint", 0.5, by=True),),
    "weak-clutches-on-three": (Move(f"{L3}/capper/torque_setpoint", 0.5, by=True),),
    "tight-web-on-two": (Move(f"{L2}/labeller/web_tension_setpoint", -10.0, by=True),),
    "cold-glue-on-one": (Move(f"{L1}/labeller/glue_temperature_setpoint", 15.0, by=True),),
    "worn-cups-on-three": (Move(f"{L3}/packer/vacuum_setpoint", 15.0, by=True),),
    "slipping-chain-on-four": (Move(f"{L4}/conveyor_5/speed_setpoint", 15.0, by=True),),
    "weak-compressor": (Move("riverside/utilities/air/cross_tie/position_setpoint", 100.0),),
    "limited-compressor": (Move("riverside/utilities/air/compressor_1/load_limit", 80.0),),
    "warm-water": (Move("riverside/utilities/cooling/chilled_water/pump_pressure_setpoint", 2.0),),
    "weak-pump": (
        Move("riverside/utilities/cooling/chilled_water/pump_pressure_setpoint", 0.8, by=True),
    ),
    "low-voltage": (Move("riverside/utilities/power/incomer/voltage_setpoint", 10.0, by=True),),
    "loose-caps-and-jams-on-four": (Move(f"{L4}/capper/torque_setpoint", 1.9),),
    "two-settings-on-three": (
        Move(f"{L3}/filler/speed_setpoint", 540.0),
        Move(f"{L3}/capper/torque_setpoint", 1.95),
    ),
}


def writes(case: Case, standin: StandIn) -> list[Write]:
    """The writes for a case, inside what the controllers allow."""
    found = []
    for move in MOVES.get(case.id, ()):
        index = standin.plant.index[move.point]
        spec = standin.plant.points[index].spec
        assert spec.adjustable is not None
        now = standin.value(index)
        value = now + move.value if move.by else move.value
        assert spec.adjustable.low <= value <= spec.adjustable.high, move
        assert spec.step is None or abs(value - now) <= spec.step + 1e-9, move
        found.append(Write(index, value))
    return found


def orders(case: Case, site: str) -> list[Order]:
    """The jobs for a case: its first failure mode, at its asset."""
    return [
        Order(
            key=f"{case.id}/{number}",
            asset=f"{site}/{fault.at}",
            task="Put it in order.",
            failure_mode=fault.failure_modes[0],
        )
        for number, fault in enumerate(case.faults)
        if fault.right_end in {"repaired", "no_loss"}
    ]
