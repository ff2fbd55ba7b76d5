from . import test_conflict
