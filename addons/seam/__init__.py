from . import controllers, models, wizard
from .log import install as install_log
