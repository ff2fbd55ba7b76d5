from . import test_connector, test_ups, test_vendor_description
