"""The answers side: sealed ballots, the box, the rates; never a person."""
