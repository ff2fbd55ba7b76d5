from . import test_cause, test_clock, test_rank
