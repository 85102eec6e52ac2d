/* expect: exit 0
 * needs:  quarry
 * why:    every function of every level may be called from any thread: contents hold, whoever frees */
#include "levels.h"

enum { THREADS = 6, SLOTS = 64, STEPS = 4000 };
static struct slot { pthread_mutex_t lock; char *p; int kind; size_t size; } slots[SLOTS];

static int count_area(const quarry_area *area, void *arg) { return area->size == 0 ? 1 : (++*(int *)arg, 0); }

static void *work(void *arg) {
    uint64_t random = (uintptr_t)arg * 77 + 1;
    for (int step = 0; step < STEPS; step++) {
        struct slot *slot = &slots[next_random(&random) % SLOTS];
        unsigned order = (unsigned)(next_random(&random) % 7);
        quarry_place place;
        int areas = 0;
        pthread_mutex_lock(&slot->lock);
        if (slot->p != NULL) {
            CHECK_AT(holds(slot->p, 200, (unsigned long)(slot - slots)), step);
            CHECK_AT(quarry_owns(slot->p + 100, &place) == 1 && place.object == slot->p, step);
            CHECK_AT(place.state == QUARRY_PLACE_IN_USE, place.state);
        }
        switch (slot->p == NULL ? -1 : slot->kind) {
        case 0: quarry_free_pages(slot->p, (unsigned)slot->size); break;
        case 1: quarry_free_pages_exact(slot->p, slot->size); break;
        case 2: quarry_vfree(quarry_vrealloc(slot->p, slot->size * 3)); break;
        case 3: quarry_kfree(quarry_krealloc(slot->p, slot->size * 2, QUARRY_ZERO)); break;
        }
        slot->kind = (int)(next_random(&random) % 4);
        slot->size = slot->kind == 0 ? order : next_random(&random) % 100000 + 200;
        slot->p = slot->kind == 0 ? quarry_alloc_pages(order) : slot->kind == 1 ? quarry_alloc_pages_exact(slot->size)
            : slot->kind == 2 ? quarry_vmalloc(slot->size) : quarry_kmalloc(slot->size, QUARRY_ZERO);
        CHECK_AT(slot->p != NULL, step);
        fill(slot->p, 200, (unsigned long)(slot - slots));
        pthread_mutex_unlock(&slot->lock);
        CHECK(step % 200 != 0 || (quarry_areas(count_area, &areas) == 0 && areas >= 3));
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < SLOTS; i++)
        pthread_mutex_init(&slots[i].lock, NULL);
    for (uintptr_t i = 0; i < THREADS; i++)
        threads[i] = start(work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(quarry_check() == 0);
    return 0;
}
