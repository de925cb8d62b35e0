"""How property tests run everywhere: the same cases in each run, and no stopwatch on a busy machine."""

from hypothesis import settings

from keywatch import no_key_is_seen

__all__ = ["no_key_is_seen"]

settings.register_profile("gate", deadline=None, derandomize=True, database=None)
settings.load_profile("gate")
