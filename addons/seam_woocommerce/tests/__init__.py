from . import test_woocommerce
