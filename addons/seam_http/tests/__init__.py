from . import (
    test_endpoint,
    test_mapping,
    test_openapi_reader,
    test_paging,
    test_push,
    test_record,
    test_setup,
    test_template,
    test_tour,
    test_transfer,
)
