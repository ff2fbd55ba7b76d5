from . import intake, metrics, openapi, status
