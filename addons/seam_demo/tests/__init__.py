from . import test_acme, test_demo
