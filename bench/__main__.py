"""``make bench``: run every measurement that is taken regularly."""

from bench import console, opening_speed, results_speed, stats_speed

if __name__ == "__main__":
    stats_speed.counting()
    stats_speed.command()
    results_speed.page(100_000)
    results_speed.page(1_000_000)
    opening_speed.opening()
    console.console()
