from . import (
    test_mapper,
    test_errors,
    test_connector,
    test_auth,
    test_pull,
    test_bulk,
    test_story,
    test_activities,
    test_composite,
    test_consents,
    test_random,
    test_mockforce,
)
