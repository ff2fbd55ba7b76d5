from . import chaos_effect, handler_chaos
