"""What a plant counts. It must never name a piece: those come from the plant file."""

from twin_core.plant.names import Names


def pieces(names: Names) -> frozenset[str]:
    """What the plant makes and moves is called one of: bottle, case."""
    plant = names.plant
    flows = {str(unit.flow.unit_out) for unit in plant.units.values() if unit.flow}
    flows |= {str(line.unit_of_flow) for line in plant.lines}
    return frozenset(flow.strip("{}") for flow in flows)
