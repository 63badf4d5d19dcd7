"""How long commands take to start, in processor time, against importing what all of them need."""

import os
import subprocess
import sys

FLOOR = ("-c", "import flask, sqlalchemy")
STARTS = {
    "help": ("-m", "survey_app", "--help"),
    "respond": ("-m", "survey_app", "respond", "--help"),
    "manage": ("-m", "survey_app", "manage", "--help"),
    "analyse": ("-m", "survey_app", "analyse", "--help"),
    "prepare": ("-m", "survey_app", "prepare", "--help"),
}
_ROUNDS = 7


def ratios() -> dict[str, float]:
    """Give the best start of each command in best starts of the floor, measured by turns."""
    commands = {"floor": FLOOR, **STARTS}
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(_ROUNDS):
        for name, arguments in commands.items():
            best[name] = min(best[name], _seconds(arguments))
    return {f"start_{name}_cpu": round(best[name] / best["floor"], 2) for name in STARTS}


def _seconds(arguments: tuple[str, ...]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


if __name__ == "__main__":
    for name, ratio in ratios().items():
        print(f"{name}: {ratio:.2f} imports of flask and sqlalchemy")
