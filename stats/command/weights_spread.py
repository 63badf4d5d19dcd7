"""How unequal weights are, as every command that uses them says it."""

from typing import Final

from stats.command.output import note
from stats.weights import Weights

# Of the largest weight to the smallest.
EXTREME: Final = 10


def say_weights(weights: Weights) -> dict[str, float]:
    """Say the range of the weights and their effect, and return both as fields."""
    weight = weights.weight[weights.cells.sheets > 0]
    least, largest = float(weight.min()), float(weight.max())
    note(f"Weights lie between {least:g} and {largest:g}; Kish's effect is {weights.kish:.4g}.")
    if largest > EXTREME * least:
        note(
            f"Warning: the largest weight is {largest / least:.4g} times the smallest, so that few "
            "sheets decide the rates: join categories that have few sheets."
        )
    return {"weight_min": least, "weight_max": largest, "kish": weights.kish}
