from . import (
    seam_connector_acme,
    seam_demo,
    seam_demo_carrier,
    seam_demo_company,
    seam_demo_crm,
    seam_demo_deal,
    seam_demo_packer,
    seam_handler_sale_order,
    seam_system,
)
