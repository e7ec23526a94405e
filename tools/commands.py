"""Dispatches the commands of `dev.py` and turns what went wrong into one line and an exit code."""

from checking import bench, check, test
from preparation import enter_environment, install, prepare_database, prepare_files, start_services
from running import claim_port, run_portal, the_only_run
from shell import Refused, Stopped, end_when_asked, say, warn

INTERRUPTED = 130
TERMINATED = 143


def run(command: str, arguments: list[str]) -> int:
    """Run one command of ours."""
    try:
        end_when_asked()
        enter_environment()
        return COMMANDS[command](arguments)
    except Refused as refusal:
        warn(f"error: {refusal}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except Stopped:
        return TERMINATED


def setup(_arguments: list[str]) -> int:
    """Prepare everything that `run` needs, except the demonstration."""
    install("base")
    prepare_files()
    prepare_database(start_services(), demo=False)
    say("Ready. `make run` starts the portal.")
    return 0


def serve(arguments: list[str]) -> int:
    """Set up, then run the portal until somebody stops it."""
    with the_only_run():
        address = claim_port()
        install("base")
        prepare_files()
        services = start_services(watch=True)
        prepare_database(services, demo=True)
        return run_portal(services, address, reload="--reload" in arguments)


def run_checks(_arguments: list[str]) -> int:
    """Set up what the checks need, then run them all."""
    install("base", "dev")
    prepare_files()
    return check()


def run_tests(arguments: list[str]) -> int:
    """Set up what the tests need, then run them; the tests start a cluster of their own."""
    install("base", "dev")
    prepare_files()
    return test(arguments)


def run_benchmarks(arguments: list[str]) -> int:
    """Set up, then run the benchmarks."""
    install("base")
    prepare_files()
    return bench(arguments)


COMMANDS = {"setup": setup, "run": serve, "test": run_tests, "check": run_checks, "bench": run_benchmarks}
