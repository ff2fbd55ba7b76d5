from . import test_acme, test_demo, test_way_back
