"""``make bench``: run every measurement that is taken regularly."""

import subprocess
import sys

from bench import growth, opening_speed, results_speed, stats_speed

if __name__ == "__main__":
    stats_speed.counting()
    stats_speed.command()
    for ballots in growth.BALLOTS_STORED:
        opening_speed.opening(ballots)
        results_speed.page(ballots)
    # processes of their own: what the others held would count as memory of theirs
    own = ("bench.console", "bench.console xlsx", "bench.checking_speed", "bench.service_speed")
    for command in own:
        subprocess.run([sys.executable, "-m", *command.split()], check=True)
