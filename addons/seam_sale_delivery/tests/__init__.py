from . import test_arrival_told
