"""How tests run everywhere: the same cases in each run, no stopwatch on a busy machine, and signals are heard."""

import signal

from hypothesis import settings

from keywatch import no_key_is_seen

__all__ = ["no_key_is_seen"]

settings.register_profile("gate", deadline=None, derandomize=True, database=None)
settings.load_profile("gate")


def pytest_configure() -> None:
    """A shell may start what it puts in the background deaf to signals, which the programs of the tests would inherit.

    What has a handler starts programs that are as a terminal would start them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)
