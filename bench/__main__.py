"""``make bench``: run every measurement that is taken regularly."""

import subprocess
import sys

from bench import opening_speed, results_speed, stats_speed

if __name__ == "__main__":
    stats_speed.counting()
    stats_speed.command()
    results_speed.page(100_000)
    results_speed.page(1_000_000)
    opening_speed.opening()
    # a process of its own: what the others held would count as the console's memory
    subprocess.run([sys.executable, "-m", "bench.console"], check=True)
