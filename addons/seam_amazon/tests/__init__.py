from . import test_connector, test_mapper, test_pull, test_story, test_vendor_description
