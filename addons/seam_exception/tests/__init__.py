from . import test_cause, test_clock, test_operation, test_rank
