"""``make bench``: run every measurement that is taken regularly."""

from bench import console, stats_speed

if __name__ == "__main__":
    stats_speed.counting()
    stats_speed.command()
    console.console()
