from . import seam_crm_unmapped, seam_handler_crm
