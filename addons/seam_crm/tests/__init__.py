from . import test_judge, test_partners, test_two_sides, test_merges
