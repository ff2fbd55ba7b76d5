from . import test_connector, test_login, test_shape, test_story, test_webhook
