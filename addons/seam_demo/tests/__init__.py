from . import test_acme, test_carrier, test_crm, test_demo, test_way_back
