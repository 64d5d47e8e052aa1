"""The entry point `tai2` and `python -m tai2`: hands over to the command line.

Nothing else may live here, so that a start costs one import.
"""


def main() -> None:
    """Run the command line and exit with its code."""
    from tai2.cli.app import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
