/*
 * The numbers by which the house decides: how many at a time, how long before something else is
 * done, how much memory.
 *
 * None of them changes what a request does; each trades the time of one thread for the time of
 * another, or for memory. They stand in one place because they hang together: the assertions at the
 * end say how. Each has its unit, and a reason or what it was measured by; docs/design.md has the
 * figures. The file stands in base since memory and operations have such numbers as well: it is the
 * lowest place from which all that use them can include it.
 *
 * What a format, a system call or a guarantee prescribes is no policy and stays where it is used.
 */
#ifndef COAIO_BASE_POLICY_H
#define COAIO_BASE_POLICY_H

#include <stdint.h>

enum {
    /* ---- the owner
       ------------------------------------------------------------------------------- */

    /* Requests under way, from which on the owner has workers do what could complete inline, and
       does together with them: then handing over costs less than one request does. Alone, a stat
       costs ten times as much on a worker. */
    COAIO__MANY = 16,

    /* Requests that one turn gives to executors: some hundred microseconds of looking at
       descriptors. What is done is delivered in between. */
    COAIO__PORTION = 256,

    /* Attempts that are out at workers: enough to keep them busy, few enough for their memory to
       stay in the cache. */
    COAIO__SHARED_MAX = 64,

    /* Other requests out at workers, from which on these do no attempts: they are better at those
       than the owner. */
    COAIO__ENOUGH = 8,

    /* Requests that the owner takes back and does itself before it delivers again: as many as a
       worker does. */
    COAIO__HELP = 8,

    /* Looks at what came back, before the owner asks whether more is to come: that takes the pool's
       lock; and processor pauses (each some tens of nanoseconds) from one to the next. */
    COAIO__LOOKS = 8,
    COAIO__LOOK_PAUSES = 8,

    /* Counters of held requests that move a descriptor's position, a power of two: descriptors
       share them, which at most costs an attempt. */
    COAIO__POSITIONS = 256,

    /* Freed requests that an engine keeps for the next ones: 192 KiB. */
    COAIO__SPARES_MAX = 1024,

    /* ---- delivery
       -------------------------------------------------------------------------------- */

    /* Rounds of one coaio_poll, while completions go on arriving: then its caller has a turn. */
    COAIO__ROUNDS_MAX = 32,

    /* Callbacks of one round. Of thousands each would push others' memory out of the cache. */
    COAIO__ROUND_MAX = 128,

    /* The same while the ring has transfers under way: what callbacks submit is to reach the disk
       before that has run dry. Measured with 64 O_DIRECT reads at a time: a tenth more of them. */
    COAIO__ROUND_OF_DISK = 8,

    /* The same when the owner has just slept: the disk has perhaps run dry, and waits for the first
       one. Another 3 %. */
    COAIO__ROUND_RESTED = 1,

    /* The same while workers do a part, who are to get more before they have done that. */
    COAIO__ROUND_SHARED = 16,

    /* Cost (see COAIO__CALL_COST) of what all callbacks of a round may complete inline. */
    COAIO__ROUND_INLINE = 512,

    /* Callbacks that may go before others of a lower priority, until one of these has its turn. */
    COAIO__PATIENCE = 128,

    /* Bytes of a result that are fetched from the other processor's cache while the callback before
       runs: what takes about as long to come as a callback takes. */
    COAIO__FETCH_MAX = 4096,

    /* ---- inline
       ---------------------------------------------------------------------------------- */

    /* The cost of an attempt for the owner, in sixteenths of a system call of a microsecond: nothing but
       memory, one call, several. */
    COAIO__NOTHING_COST = 1,
    COAIO__CALL_COST = 16,
    COAIO__SEVERAL_COST = 3 * COAIO__CALL_COST,

    /* Bytes. A copy of more would hold up the owner: this one takes about 10 microseconds. */
    COAIO__TRY_READ_MAX = 64 << 10,

    /* ---- workers
       --------------------------------------------------------------------------------- */

    /* Requests that a worker takes at a time: to take and return them one by one costs more than
       they do. Writes of 4 KiB by 64 coroutines took 0.8 microseconds each with this, 1.55
       without. */
    COAIO__BATCH = 8,

    /* Nanoseconds for each request that a worker holds. One that began longer ago sleeps,
       presumably. */
    COAIO__AWAKE_NS = 20 * 1000,

    /* Batches, from one measurement of a worker whether it sleeps in its operations to the next:
       two system calls each. */
    COAIO__MEASURE_EACH = 16,

    /* Requests queued, long ones, that keep the owner waiting: one more worker has its processor
       then. */
    COAIO__LONG_QUEUE = 64,

    /* Short requests queued for each worker that is awake: with more it does not get on alone. */
    COAIO__BACKLOG = 16,

    /* Requests returned, for which an owner that sleeps is woken once: to wake it takes longer than
       many an operation. */
    COAIO__TOGETHER = 16,

    /* Nanoseconds for which one idle worker stays awake, about what it takes to sleep and be woken;
       with so many processor pauses between two looks. A rename takes 5 microseconds with this, 25
       without. */
    COAIO__LINGER_NS = 40 * 1000,
    COAIO__LINGER_PAUSES = 16,

    /* Times in a row that this was in vain, from which on it is done each so many batches only. */
    COAIO__LINGER_IN_VAIN = 4,
    COAIO__LINGER_EACH = 16,

    /* Nanoseconds for which all opens are looked at first, after a trusted one had to wait. */
    COAIO__WARY_NS = 1000 * 1000 * 1000,

    /* Nanoseconds for which workers get nothing that is brief, after they slept in their operations
       or none could be started. */
    COAIO__NO_HELP_NS = 10 * 1000 * 1000,

    /* Nanoseconds until another attempt to start the first worker, or one more. */
    COAIO__START_AGAIN_NS = 100 * 1000 * 1000,

    /* Workers that may take the place of stuck ones. */
    COAIO__REPLACEMENTS_MAX = 64,

    /* Attempts at a pool's lock before its taker sleeps: who has it gives it back soon. */
    COAIO__LOCK_ATTEMPTS = 64,

    /* Bytes of a worker's stack. */
    COAIO__STACK_SIZE = 512 * 1024,

    /* ---- the watch
       ------------------------------------------------------------------------------- */

    /* Nanoseconds until the watch looks whether a queue needs one more worker, and how a batch of
       several gets on. */
    COAIO__LOOK_SOON_NS = 250 * 1000,

    /* The same while no more workers may run: these may be stuck. */
    COAIO__LOOK_LATER_NS = 10 * 1000 * 1000,

    /* Looks that the watch takes soon after a queue has become empty: that costs less than to wake
       it again. */
    COAIO__LOOKS_AFTER = 20,

    /* Nanoseconds between two signals for a worker that does not answer. */
    COAIO__INTERRUPT_AGAIN_NS = 10 * 1000 * 1000,

    /* Nanoseconds after which no more are sent where nobody cancelled: what goes on then answers
       none. */
    COAIO__DEAF_NS = 1000 * 1000 * 1000,

    /* ---- the ring and the poller
       ----------------------------------------------------------------- */

    COAIO__RING_DEPTH_DEFAULT = 128, /* requests in flight */
    COAIO__RING_DEPTH_MAX = 4096,

    /* Workers of the kernel's for files. It stops at four for each processor, and as many calls
       that hang would be the end of all. */
    COAIO__RING_WORKERS_MAX = 64,

    /* Milliseconds of each look whether the kernel has let go of a ring that is off, so that nobody
       looks all the time. */
    COAIO__LET_GO_MS = 10,

    /* Events, and new requests, before the owner is told what came of them. */
    COAIO__POLL_PORTION = 64,

    /* Descriptors for which memory is made at a time. */
    COAIO__INTEREST_PAGE = 64,

    /* ---- settings that nobody has set
       ------------------------------------------------------------ */

    COAIO__MAX_PARALLEL_DEFAULT = 8,
    COAIO__MAX_IDLE_DEFAULT = 4,
    COAIO__INLINE_DEFAULT = 64, /* system calls */
    COAIO__MAX_SLOW_DEFAULT = 256,
    COAIO__STUCK_AFTER_NS = 100 * 1000 * 1000,
    COAIO__DRAIN_TIMEOUT_NS = 1000 * 1000 * 1000,
    COAIO__WORKERS_MAX = 65536, /* the highest that max_parallel, max_idle and max_slow may be */

    /* ---- memory
       ---------------------------------------------------------------------------------- */

    /* Bytes of blocks that the owner keeps when they are freed, for their next use: a statx, or a
       page and a NUL. malloc takes as long over 4 KiB as the kernel over copying it. */
    COAIO__KEPT_STAT = 256,
    COAIO__KEPT_PAGE = 4096 + 1,

/* How many of each. */
#ifdef __SANITIZE_ADDRESS__
    COAIO__KEPT_MAX = 0, /* every use of freed memory is to be seen */
#else
    COAIO__KEPT_MAX = 64,
#endif

    /* Bytes to read into where nothing tells how many there are. */
    COAIO__ROOM_UNKNOWN = 64 << 10,

    /* Bytes by which the memory of a read to the end grows at most: up to that it doubles. */
    COAIO__GROWTH_MAX = 64 << 20,

    /* Bytes for the entries of a directory, and what has to be left for another system call. */
    COAIO__RECORDS_ROOM = 32 << 10,
    COAIO__RECORDS_LOW = 16 << 10,

    COAIO__LINK_ROOM = 256,    /* bytes for the target of a symbolic link, at first */
    COAIO__EXTENTS_ROOM = 256, /* extents that one system call returns */
    COAIO__TREE_ROOM = 16,     /* levels of a tree, at first */

    /* ---- operations ---- */

    /* Levels of a tree whose descriptors rmtree keeps open. */
    COAIO__TREE_LEVELS = 8,

    /* Mounts that an engine knows to be local or not. */
    COAIO__MOUNTS_KNOWN = 8,

    /* Bytes from one look at whether the request was cancelled to the next: of a read, and of what
       the kernel copies or touches by itself. */
    COAIO__READ_STEP = 4 << 20,
    COAIO__COPY_STEP = 16 << 20,

    /* Bytes that are copied by hand at a time, between files, and from one descriptor to another. */
    COAIO__COPY_BUFFER = 256 << 10,
    COAIO__SENDFILE_BUFFER = 128 << 10,

    /* Milliseconds that a non-blocking descriptor gets to take more: then a cancel is looked for. */
    COAIO__SENDFILE_WAIT_MS = 100,

    /* Bytes that readahead(2) is asked for at a time: the least that a device takes. */
    COAIO__AHEAD_STEP = 128 << 10,

    /* Bytes that a sendfile without waiting takes from its input at most. They fit into the output
       if poll(2) says that something does: this many into a pipe, a part of the buffer (which also
       holds what each packet costs) into a socket; and so many parts of a socket's stay free. */
    COAIO__TAKEN_MAX = 64 << 10,
    COAIO__SURE_ROOM = 4096,
    COAIO__SOCKET_PART = 16,
    COAIO__SOCKET_PARTS_KEPT = 4,

    /* Bytes that it moves before others have their turn: in the poller, and on a worker, who keeps
       no other request waiting. */
    COAIO__POLLER_TURN = 256 << 10,
    COAIO__WORKER_TURN = 4 << 20
};
#define COAIO__IDLE_TIMEOUT_NS INT64_C(10000000000)

/* ---- how they hang together ------------------------------------------------------------------ */

_Static_assert(COAIO__HELP == COAIO__BATCH,
               "the owner takes as much as a worker: neither waits for the other");
_Static_assert(COAIO__ROUND_SHARED <= COAIO__MANY,
               "a round of sharing leaves as many as sharing needs");
_Static_assert(COAIO__SHARED_MAX >= 2 * COAIO__BATCH,
               "one batch is under way, and the next one is there");
_Static_assert(COAIO__BACKLOG >= 2 * COAIO__BATCH,
               "a worker is called when one batch does not empty the queue");
_Static_assert(COAIO__LOOK_SOON_NS > COAIO__LINGER_NS + COAIO__AWAKE_NS * COAIO__BATCH,
               "the watch relieves no worker that is awake");
_Static_assert(COAIO__TOGETHER > COAIO__BATCH, "an owner that sleeps is woken for several batches");
_Static_assert(COAIO__LOOK_LATER_NS > COAIO__LOOK_SOON_NS, "later is later");
_Static_assert(COAIO__NO_HELP_NS >= COAIO__LOOK_LATER_NS,
               "a queue is looked at before workers get more");
_Static_assert(COAIO__STUCK_AFTER_NS > COAIO__LOOK_LATER_NS, "who is stuck was looked at first");
_Static_assert(COAIO__DEAF_NS > COAIO__INTERRUPT_AGAIN_NS,
               "a worker gets several signals before it counts as deaf");
_Static_assert(COAIO__WARY_NS > COAIO__NO_HELP_NS, "trust comes back later than help");
_Static_assert(COAIO__ROUND_RESTED <= COAIO__ROUND_OF_DISK, "a disk that is idle is fed sooner");
_Static_assert(COAIO__ROUND_OF_DISK <= COAIO__ROUND_MAX, "a disk that works is fed sooner");
_Static_assert(COAIO__PORTION >= COAIO__ROUND_MAX,
               "what one round submits goes out in one portion");
_Static_assert((COAIO__POSITIONS & (COAIO__POSITIONS - 1)) == 0, "a power of two");
_Static_assert(COAIO__TRY_READ_MAX == COAIO__ROOM_UNKNOWN,
               "what may be read inline has its memory at once");
_Static_assert(COAIO__RING_DEPTH_DEFAULT <= COAIO__RING_DEPTH_MAX,
               "the default is one of those allowed");

#endif
