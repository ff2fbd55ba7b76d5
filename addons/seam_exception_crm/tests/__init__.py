from . import test_conflict, test_unmapped
