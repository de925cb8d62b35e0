"""How property tests run everywhere: the same cases in each run, and no stopwatch on a busy machine."""

from hypothesis import settings

settings.register_profile("gate", deadline=None, derandomize=True, database=None)
settings.load_profile("gate")
