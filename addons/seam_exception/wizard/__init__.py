from . import seam_case_wizard
