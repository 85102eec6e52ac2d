/* expect: exit 0
 * needs:  quarry
 * run:    shared static
 * conf:   thp:never
 * why:    the figures of malloc_info are those of the kernel, to within a few pages: what is resident is the Rss of the heap's
 *         mappings, what comes to be active or dirty comes to be resident, and what is retained is not (proc(5), smaps); huge
 *         pages would be backed with what lies beside */
#include "growth.h"
#include "../../include/quarry.h"
#include <stdio.h>

enum { OBJECTS = 3000, PAGES = 8 };
static char *objects[OBJECTS], text[1 << 20];
static FILE *file;

static struct { uintptr_t start, end; } ranges[64];
static size_t range_count;

static int keep(const quarry_area *area, void *arg) {
    (void)arg;
    CHECK(range_count < 64);
    ranges[range_count].start = (uintptr_t)area->start;
    ranges[range_count++].end = (uintptr_t)area->start + area->size;
    return 0;
}

/* The Rss of all mappings that lie in areas of the heap. */
static size_t rss_of_heap(void) {
    range_count = 0;
    CHECK(quarry_areas(keep, NULL) == 0);
    size_t filled = 0, sum = 0;
    int fd = open("/proc/self/smaps", O_RDONLY);
    CHECK(fd >= 0);
    for (ssize_t got; (got = read(fd, text + filled, sizeof text - 1 - filled)) > 0;)
        filled += (size_t)got;
    close(fd);
    text[filled] = '\0';
    int inside = 0;
    for (char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char *end;
        unsigned long start = strtoul(line, &end, 16);
        if (end != line && *end == '-') {
            inside = 0;
            for (size_t i = 0; i < range_count; i++)
                inside |= start >= ranges[i].start && start < ranges[i].end;
        } else if (inside && strncmp(line, "Rss:", 4) == 0) {
            sum += strtoul(line + 4, NULL, 10) * KIB;
        }
    }
    return sum;
}

/* A total of malloc_info. */
static size_t total(const char *name) {
    char quoted[64];
    rewind(file);
    CHECK(malloc_info(0, file) == 0 && fflush(file) == 0);
    ssize_t size = pread(fileno(file), text, sizeof text - 1, 0);
    CHECK(size > 0);
    text[size] = '\0';
    snprintf(quoted, sizeof quoted, "\"%s\" value=\"", name);
    char *at = strstr(text, quoted);
    CHECK(at != NULL);
    return strtoul(at + strlen(quoted), NULL, 10);
}

static int near(size_t one, size_t other) { return (one > other ? one - other : other - one) <= PAGES * 4 * KIB; }

static void check_figures(unsigned long at) {
    size_t active = total("active_bytes"), dirty = total("dirty_bytes"), metadata = total("metadata_bytes");
    size_t live = total("live_bytes") - total("area_bytes");
    CHECK_AT(active + dirty + total("retained_bytes") + metadata == total("committed_bytes"), at);
    CHECK_AT(active + dirty + metadata + total("area_bytes") == total("used_bytes"), at);
    CHECK_AT(live + total("magazine_bytes") + total("depot_bytes") <= active, at);
    struct mallinfo2 info = mallinfo2();
    CHECK_AT(info.uordblks == live && info.keepcost == dirty && info.arena == total("committed_bytes"), at);
    CHECK_AT(info.fsmblks == total("magazine_bytes") + total("depot_bytes") && info.hblkhd == total("area_bytes"), at);
    /* Areas have figures of their own. */
    size_t rss = rss_of_heap(), resident = total("resident_bytes");
    CHECK_AT(near(resident, rss), resident > rss ? resident - rss : rss - resident);
    CHECK_AT(resident <= active + dirty + metadata, at);
}

/* What the kernel must back of the heap where the program touched all of its objects: not what magazines hold, which is new,
 * and less what of slabs and records nobody came to yet. */
static size_t touched(void) { return total("active_bytes") + total("dirty_bytes") - total("magazine_bytes"); }

int main(void) {
    static char buffer[1 << 16];
    int fd = memfd_create("figures", 0);
    CHECK(fd >= 0 && (file = fdopen(fd, "w+")) != NULL && setvbuf(file, buffer, _IOFBF, sizeof buffer) == 0);
    CHECK(malloc_info(0, file) == 0);
    check_figures(0);
    size_t touched_before = touched(), resident_before = total("resident_bytes");
    /* Whole granules, so that every page is touched where objects are. */
    static const size_t sizes[] = {16 * KIB, 48 * KIB, 80 * KIB, 32 * KIB};
    for (int i = 0; i < OBJECTS; i++)
        CHECK((objects[i] = malloc(sizes[i % 4])) != NULL);
    for (int i = 0; i < OBJECTS; i++)
        memset(objects[i], 1, malloc_usable_size(objects[i]));
    check_figures(1);
    size_t gained = touched() - touched_before, backed = total("resident_bytes") - resident_before;
    CHECK_AT(gained <= backed + 256 * KIB && backed <= gained + 256 * KIB, gained > backed ? gained - backed : backed - gained);
    size_t active = total("active_bytes");
    CHECK_AT(active >= 3000 * 44 * KIB && active < 3000 * 46 * KIB, active);
    for (int i = 1; i < OBJECTS; i += 4) {
        free(objects[i]);
        objects[i] = NULL;
    }
    check_figures(2);
    /* Trimming makes dirty memory retained: the kernel takes back what the figures say. */
    size_t before = total("resident_bytes"), retained = total("retained_bytes");
    malloc_trim(0);
    check_figures(3);
    size_t went = before - total("resident_bytes"), more = total("retained_bytes") - retained;
    CHECK_AT(went <= more + 64 * KIB && more <= went + MIB, went > more ? went - more : more - went);
    CHECK_AT(total("dirty_bytes") == 0 && total("magazine_bytes") == 0 && total("depot_bytes") == 0, 4);
    CHECK_AT(active - total("active_bytes") >= 750 * 48 * KIB, active - total("active_bytes"));
    for (int i = 0; i < OBJECTS; i++)
        free(objects[i]);
    malloc_trim(0);
    check_figures(5);
    CHECK_AT(total("active_bytes") < MIB, total("active_bytes"));
    CHECK_AT(total("live_bytes") < 64 * KIB, total("live_bytes"));
    return 0;
}
