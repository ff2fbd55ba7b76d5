from . import (
    seam_crm_field,
    seam_crm_agreement,
    seam_crm_merged,
    seam_flow,
    seam_message,
    seam_exception,
    seam_handler_crm,
    seam_handler_crm_partner,
    seam_handler_crm_out,
    seam_handler_crm_partner_out,
    res_partner,
    base_partner_merge,
)
