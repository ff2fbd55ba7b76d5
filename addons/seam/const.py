"""Words shared by models, controllers and views. See docs/ for their meaning."""

LANES = [
    ("critical", "Critical"),
    ("normal", "Normal"),
    ("bulk", "Bulk"),
]
# What is sent has workers of its own: a partner that hangs holds up nobody else.
SEND_QUEUE = "send"
QUEUES = [*LANES, (SEND_QUEUE, "Sending")]

STATES = [
    ("pending", "To process"),
    ("working", "In process"),
    ("waiting", "Waiting"),
    ("failed", "Needs attention"),
    ("sent", "Sent"),
    ("done", "Done"),
    ("superseded", "Superseded"),
    ("replaced", "Replaced"),
    ("discarded", "Discarded"),
]
TERMINAL = ("done", "superseded", "replaced", "discarded")
# A later message of the same ordering key may have to wait for one in these states.
UNRESOLVED = ("pending", "working", "waiting", "failed")
# What has no outcome yet; what is sent waits for the partner's confirmation.
IN_FLIGHT = (*UNRESOLVED, "sent")

# A worker that died is noticed when its lease is over and nobody holds its claim.
LEASE_SECONDS = 30
# First number of the advisory locks that show that a claim is being worked on.
CLAIM_LOCK = 0x5EA3
# The advisory lock under which workers choose messages that do not meet in a record.
APART_LOCK = 0x5EA4
# Batches are not made smaller to share what is left: each has a cost of its own.
SHARE_AT_LEAST = 10
# A message that was in hand when its worker died this many times is put aside.
CRASHES_ALLOWED = 2
# How often a batch is tried again at once after PostgreSQL reported a conflict.
CONFLICT_TRIES = 5
# A drain hands its worker back after this many seconds: jobs and people share the HTTP
# workers, and nobody should wait longer than this for a page or an answer.
DRAIN_SECONDS = 2
# Bodies above this size go to the filestore.
INLINE_BYTES = 256 * 1024
BATCH_ITEMS = 1000
