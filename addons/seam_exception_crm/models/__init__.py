from . import seam_handler_crm
