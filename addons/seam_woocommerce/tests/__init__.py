from . import test_mapper, test_pull, test_woocommerce
