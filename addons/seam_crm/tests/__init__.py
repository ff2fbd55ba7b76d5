from . import (
    test_activities,
    test_consents,
    test_deal_merges,
    test_deals,
    test_events,
    test_fields,
    test_judge,
    test_merges,
    test_own,
    test_partners,
    test_random,
    test_two_sides,
)
