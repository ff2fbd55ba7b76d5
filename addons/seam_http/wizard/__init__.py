from . import seam_import_wizard
