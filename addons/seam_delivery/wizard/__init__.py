from . import seam_delivery_offer, choose_delivery_carrier, seam_manifest_wizard, seam_rate_wizard
