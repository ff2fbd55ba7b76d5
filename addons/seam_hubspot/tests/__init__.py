from . import (
    test_activities,
    test_connector,
    test_consents,
    test_copy,
    test_login,
    test_privacy,
    test_random,
    test_remote,
    test_shape,
    test_story,
    test_together,
    test_webhook,
)
