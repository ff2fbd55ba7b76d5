from . import test_mapper, test_outgoing, test_pull, test_way_back, test_woocommerce
