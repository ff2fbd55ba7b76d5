from . import test_connector, test_webhook
