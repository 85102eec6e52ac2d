/* The two formats of traces: raw, as the recorder writes it, and packed, as the replayer reads it.
 *
 * A raw trace is an array of `struct raw`. Threads fill windows of the file, each its own, so records stand in order
 * within a window only; `order` is a number that all threads draw from one counter, and puts them in the order in which
 * things happened: an object's allocation is numbered after malloc returned, its free before free was called, so an
 * address that is used again has its first free before its second allocation. Records of kind NONE are unused.
 *
 * A packed trace is a `struct head`, a `struct stream` for each thread, a uint32_t for each meeting (the number of
 * threads that come to it), and the operations: `struct op` of each thread in a row. Objects are named by slots. An
 * object that one thread allocates and frees has a slot of that thread, which is used again after the free; one that
 * is freed by another thread has a slot of its own in a table common to all (SHARED), so that who frees can wait until
 * the slot is filled. A reallocated object is a new object. Numbers are in the machine's own byte order. */
#ifndef TRACE_H
#define TRACE_H

#include <stdint.h>

enum raw_kind {
    RAW_NONE,
    RAW_MALLOC,
    RAW_CALLOC,
    RAW_FREE,
    /* The two halves of a realloc, one after the other in their thread; the first as FREE, the second as MALLOC. */
    RAW_RESIZE_FROM,
    RAW_RESIZE_TO,
    /* A thread was created; `address` is its number. */
    RAW_START,
};

struct raw {
    uint64_t order;
    uint64_t address;
    uint64_t size;
    uint32_t thread;
    uint16_t kind;
    /* The logarithm of the alignment asked for, 0 for none. */
    uint16_t align;
};

#define TRACE_MAGIC "quarry01"

struct head {
    char magic[8];
    uint64_t shared_slots;
    uint32_t threads;
    uint32_t meetings;
};

struct stream {
    /* Where its operations begin, in bytes from the start of the file, and how many they are. */
    uint64_t offset;
    uint64_t count;
    uint32_t slots;
    /* 1 if another thread starts it; the others, the first among them, are there from the beginning. */
    uint32_t started;
};

/* `what` is a kind in the lower bits, SHARED where the slot is one, and a value above: a size, or as the kind says. */
struct op {
    uint32_t what;
    uint32_t slot;
};

enum op_kind {
    /* malloc, calloc or, after OP_ALIGN, aligned_alloc of `value` bytes. */
    OP_ALLOC = 1,
    OP_ZEROED,
    OP_FREE,
    /* realloc to `value` bytes, of the object of OP_FROM if that stands before, else of the slot's own. */
    OP_RESIZE,
    OP_FROM,
    /* The next allocation has an alignment of 1 << value. */
    OP_ALIGN,
    /* The size of the next operation has 1 << VALUE_BITS times `slot` more. */
    OP_LARGE,
    /* Thread `slot` begins. */
    OP_START,
    /* Meeting `slot`: wait until all have come to the one before, so that no thread runs far ahead of the others. */
    OP_MEET,
    OP_KINDS,
};

#define KIND_MASK 15u
#define SHARED 16u
#define VALUE_SHIFT 5
#define VALUE_BITS (32 - VALUE_SHIFT)

#endif
