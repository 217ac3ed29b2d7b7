"""Refuses a change that leaves somebody without a squad, or a squad without people."""

import pathlib
import sys

import yaml


def documents(folder):
    for file in sorted(pathlib.Path(folder).glob("*.yaml")):
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def main() -> int:
    squads = {g["metadata"]["name"] for g in documents("groups") if g["spec"]["type"] == "squad"}
    populated = {name for user in documents("users") for name in user["spec"]["memberOf"]}
    empty = sorted(squads - populated)
    for name in empty:
        print(f"The squad {name} has no members. Remove it, or add somebody to it.")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
