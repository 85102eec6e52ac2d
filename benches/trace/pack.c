/* pack RAW PACKED: makes a trace to replay of what the recorder wrote (both formats are in trace.h).
 *
 * Puts the records in order, finds for each free the allocation it belongs to, and gives each object its slot. Frees of
 * objects whose allocation was not recorded are dropped. Prints what the trace holds. */
#include "trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEETING_EVERY = 1 << 15 };

struct object {
    uint32_t thread;
    uint32_t slot;
    int shared;
};

/* What one thread will have in the packed trace. */
struct thread {
    struct op *ops;
    size_t count, room;
    /* Slots that are free again, the last one freed on top. */
    uint32_t *free_slots;
    size_t free_count, free_room;
    uint32_t slots;
    int started;
    uint64_t first, last;
};

/* Addresses in use and their objects, by open addressing; `object` is an index plus one, 0 in an unused place. */
struct place {
    uint64_t address;
    size_t object;
};

static struct place *places;
static size_t places_mask;
static struct thread *threads;
static struct object *objects;
static size_t object_count;

static void stop(const char *why)
{
    fprintf(stderr, "pack: %s\n", why);
    exit(1);
}

static void *array(size_t count, size_t size)
{
    void *result = calloc(count + 1, size);
    if (result == NULL)
        stop("out of memory");
    return result;
}

static void *grown(void *old, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return old;
    *room = 2 * *room + 64;
    void *result = realloc(old, *room * size);
    if (result == NULL)
        stop("out of memory");
    return result;
}

static size_t home(uint64_t address)
{
    return (size_t)(address * 0x9e3779b97f4a7c15u >> 20) & places_mask;
}

static struct place *look_up(uint64_t address)
{
    size_t at = home(address);
    while (places[at].object != 0 && places[at].address != address)
        at = (at + 1) & places_mask;
    return &places[at];
}

/* Takes an address out and moves up those behind it that would no longer be found. */
static void take_out(struct place *place)
{
    size_t hole = (size_t)(place - places), at = hole;
    for (;;) {
        at = (at + 1) & places_mask;
        if (places[at].object == 0)
            break;
        if (((at - home(places[at].address)) & places_mask) >= ((at - hole) & places_mask)) {
            places[hole] = places[at];
            hole = at;
        }
    }
    places[hole].object = 0;
}

static void emit(uint32_t thread, enum op_kind kind, uint32_t value, int shared, uint32_t slot)
{
    struct thread *to = &threads[thread];
    to->ops = grown(to->ops, to->count, &to->room, sizeof *to->ops);
    to->ops[to->count++] = (struct op){(uint32_t)kind | (shared ? SHARED : 0) | value << VALUE_SHIFT, slot};
}

static void emit_sized(uint32_t thread, enum op_kind kind, uint64_t size, const struct object *object)
{
    if (size >> VALUE_BITS != 0)
        emit(thread, OP_LARGE, 0, 0, (uint32_t)(size >> VALUE_BITS));
    emit(thread, kind, (uint32_t)size & ((1u << VALUE_BITS) - 1), object->shared, object->slot);
}

static void give_slot(struct object *object, uint64_t *shared_slots)
{
    struct thread *own = &threads[object->thread];
    if (object->shared)
        object->slot = (uint32_t)(*shared_slots)++;
    else
        object->slot = own->free_count > 0 ? own->free_slots[--own->free_count] : own->slots++;
}

static void return_slot(const struct object *object)
{
    struct thread *own = &threads[object->thread];
    if (object->shared)
        return;
    own->free_slots = grown(own->free_slots, own->free_count, &own->free_room, sizeof *own->free_slots);
    own->free_slots[own->free_count++] = object->slot;
}

/* Finds the object of each record, and notes which are freed by another thread than their own. Afterwards `address` is
 * the index of the object plus one, 0 in a record to drop. */
static void resolve(struct raw **order, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        struct raw *record = order[at];
        if (record == NULL || record->kind == RAW_START)
            continue;
        struct place *place = look_up(record->address);
        if (record->kind == RAW_FREE || record->kind == RAW_RESIZE_FROM) {
            record->address = place->object;
            if (place->object != 0) {
                struct object *object = &objects[place->object - 1];
                object->shared |= object->thread != record->thread;
                take_out(place);
            }
            continue;
        }
        /* An address still in use was freed where nobody recorded it. */
        place->address = record->address;
        place->object = ++object_count;
        objects[object_count - 1] = (struct object){record->thread, 0, 0};
        record->address = place->object;
    }
}

/* Writes the operations of one record. `from` is, for each thread, the object of its last RAW_RESIZE_FROM plus one. */
static void translate(const struct raw *record, size_t *from, uint64_t *shared_slots)
{
    struct object *object = record->address == 0 ? NULL : &objects[record->address - 1];
    uint32_t thread = record->thread;

    if (record->kind == RAW_START) {
        emit(thread, OP_START, 0, 0, (uint32_t)record->address);
        threads[record->address].started = 1;
    } else if (record->kind == RAW_RESIZE_FROM) {
        from[thread] = record->address;
    } else if (record->kind == RAW_FREE) {
        if (object == NULL)
            return;
        emit(thread, OP_FREE, 0, object->shared, object->slot);
        return_slot(object);
    } else {
        enum op_kind kind = record->kind == RAW_CALLOC ? OP_ZEROED : OP_ALLOC;
        const struct object *old = NULL;
        if (record->kind == RAW_RESIZE_TO && from[thread] != 0) {
            kind = OP_RESIZE;
            old = &objects[from[thread] - 1];
            return_slot(old);
        }
        give_slot(object, shared_slots);
        if (old != NULL && (old->shared || object->shared || old->slot != object->slot))
            emit(thread, OP_FROM, 0, old->shared, old->slot);
        if (record->align > 4)
            emit(thread, OP_ALIGN, record->align, 0, 0);
        emit_sized(thread, kind, record->size, object);
    }
}

static void write_all(FILE *to, const void *what, size_t size, size_t count)
{
    if (fwrite(what, size, count, to) != count)
        stop("cannot write");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        stop("usage: pack RAW PACKED");
    int file = open(argv[1], O_RDONLY);
    struct stat stat;
    if (file < 0 || fstat(file, &stat) != 0 || stat.st_size == 0)
        stop("cannot read the raw trace");
    size_t records = (size_t)stat.st_size / sizeof(struct raw);
    struct raw *raw = mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    if (raw == MAP_FAILED)
        stop("cannot map the raw trace");

    struct head head = {.magic = TRACE_MAGIC};
    size_t count = 0;
    for (size_t at = 0; at < records; at++) {
        if (raw[at].kind != RAW_NONE && raw[at].order >= count)
            count = (size_t)raw[at].order + 1;
        if (raw[at].kind != RAW_NONE && raw[at].thread >= head.threads)
            head.threads = raw[at].thread + 1;
        if (raw[at].kind == RAW_START && raw[at].address >= head.threads)
            head.threads = (uint32_t)raw[at].address + 1;
    }
    struct raw **order = array(count, sizeof *order);
    for (size_t at = 0; at < records; at++)
        if (raw[at].kind != RAW_NONE)
            order[raw[at].order] = &raw[at];
    for (places_mask = 1; places_mask < 2 * count; places_mask *= 2)
        ;
    places = array(places_mask, sizeof *places);
    places_mask--;
    objects = array(count, sizeof *objects);
    threads = array(head.threads, sizeof *threads);
    resolve(order, count);

    for (size_t at = 0; at < count; at++)
        if (order[at] != NULL) {
            struct thread *thread = &threads[order[at]->thread];
            thread->first = thread->last == 0 ? at : thread->first;
            thread->last = at + 1;
        }
    size_t *from = array(head.threads, sizeof *from);
    uint32_t *meetings = array(count / MEETING_EVERY, sizeof *meetings);
    for (size_t at = 0; at < count; at++) {
        if (at % MEETING_EVERY == MEETING_EVERY - 1) {
            for (uint32_t thread = 0; thread < head.threads; thread++)
                if (threads[thread].first < at && threads[thread].last > at) {
                    emit(thread, OP_MEET, 0, 0, head.meetings);
                    meetings[head.meetings]++;
                }
            head.meetings++;
        }
        if (order[at] != NULL)
            translate(order[at], from, &head.shared_slots);
    }

    FILE *to = fopen(argv[2], "wb");
    if (to == NULL)
        stop("cannot write the packed trace");
    write_all(to, &head, sizeof head, 1);
    uint64_t offset = sizeof head + head.threads * sizeof(struct stream) + (head.meetings + 1) / 2 * sizeof(uint64_t);
    uint64_t ops = 0;
    for (uint32_t thread = 0; thread < head.threads; thread++) {
        struct thread *one = &threads[thread];
        struct stream stream = {offset, one->count, one->slots, (uint32_t)one->started};
        write_all(to, &stream, sizeof stream, 1);
        offset += one->count * sizeof(struct op);
        ops += one->count;
    }
    write_all(to, meetings, sizeof *meetings, (head.meetings + 1) / 2 * 2);
    for (uint32_t thread = 0; thread < head.threads; thread++)
        write_all(to, threads[thread].ops, sizeof(struct op), threads[thread].count);
    if (fclose(to) != 0)
        stop("cannot write the packed trace");
    printf("%u threads, %llu operations, %zu objects, %llu of them freed by another thread\n", head.threads,
           (unsigned long long)ops, object_count, (unsigned long long)head.shared_slots);
    return 0;
}
