from . import seam_connector_woocommerce, seam_credential, seam_flow, seam_system
