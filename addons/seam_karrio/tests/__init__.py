from . import (
    test_connector,
    test_loading,
    test_others,
    test_story,
    test_subscription,
    test_ups,
    test_vendor_description,
    test_without_karrio,
)
