from . import intake, status
