from . import test_connector, test_story, test_webhook
