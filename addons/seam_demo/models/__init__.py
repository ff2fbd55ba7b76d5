from . import seam_connector_acme, seam_demo, seam_demo_company, seam_system
