from . import intake, metrics, status
