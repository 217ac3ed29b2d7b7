"""Turns a probability and the rules that fired into a score from 0 to 1000."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    name: str
    raises_by: int


def score(probability: float, fired: list[Rule]) -> int:
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"A probability lies between 0 and 1, but the model said {probability}.")
    return max(0, min(1000, round(probability * 1000) + sum(rule.raises_by for rule in fired)))
